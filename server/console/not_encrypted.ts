/** What `--plain` says at the start, whoever reads it: a person or a script's log. */
export const NOT_ENCRYPTED =
  "NOT ENCRYPTED (--plain): WHOEVER IS ON THE NETWORK'S PATH CAN LISTEN, AND TAKE THE TOKEN";
