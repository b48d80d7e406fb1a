/**
 * The end-to-end tests that are run again with the compiled binary: one or a few of each thing that is another in a
 * binary than in `deno run`. What the program does with it is tested from source.
 */
export interface Kind {
  readonly why: string;
  /** Titles of tests by file in tests/e2e. */
  readonly tests: Readonly<Record<string, readonly string[]>>;
  /** A binary with a runtime older than Deno 2.8 does not run these; see tests/e2e/pipes.ts. */
  readonly opensPipes?: boolean;
}

export const KINDS: readonly Kind[] = [
  {
    why: "Its folder, PATH and environment are any; modules that are imported late are in it.",
    tests: {
      "binary_test.ts": [
        "works from another folder, with an empty PATH and a bare environment",
        "a module that is imported only when it is needed is there",
      ],
      "admission_test.ts": [
        "--help of every command is there, names every flag and exits with 0",
      ],
      "directory_test.ts": [
        "the program describes its directory, though that is loaded only when it is asked for",
      ],
    },
  },
  {
    why: "It may do less than `deno run -A`: see release/permissions.ts.",
    tests: {
      "binary_test.ts": [
        "a device is opened from source; a binary says in one line that it opens none",
        "the pipe of <(…) is opened, and a player is started though LD_LIBRARY_PATH is set",
      ],
      "studio_access_test.ts": [
        "a desktop's browser is opened, with a key that is good once; --no-open and --json open none",
      ],
    },
  },
  {
    why: "Exit codes, and errors in one line.",
    tests: {
      "admission_test.ts": [
        "a wrong token is reported, exits with 3, and is printed nowhere",
        "without a host, a listener says so and exits with 4",
      ],
      "mistakes_test.ts": [
        "a missing sound file: one line that says what, exit status 1",
        "a host name that does not exist: one line that says what, exit status 1",
        "a busy port: one line that names it and the flag, exit status 1",
        "an unknown flag: one line that says what, exit status 2",
      ],
    },
  },
  {
    why: "The pages that it carries, with their worklets and workers.",
    tests: {
      "page_test.ts": [
        "score, clock and timeline follow the feed on every page, and the ledger moves",
        "Play makes MP3 heard through WebCodecs, and pause ends it",
        "Play makes Opus heard through an audio element, and pause ends it",
      ],
      "screen_page_test.ts": [
        "a file of the host is on the canvas of each page, and in its ledger",
      ],
      "studio_page_test.ts": [
        "Microphone is pressed, and a listener records sound that is not silent; loaded again, the page goes on by itself",
        "a tab is shared, stopped and shared again; a listener gets its pictures",
      ],
      "data_outputs_test.ts": [
        "the page's addresses give scripts the last message, its table, the last picture, and all lines",
      ],
    },
  },
  {
    why: "The recordings that it carries for the demo.",
    tests: {
      "demo_test.ts": [
        "Ctrl-C ends the demo with the same verdict, in words; Opus, and no page",
      ],
    },
  },
  {
    why: "Signals, by themselves and through its own calls of the C library; terminals.",
    tests: {
      "recovery_test.ts": [
        "SIGINT ends the host with goodbyes, and its listeners with it",
        "SIGTERM ends a listener with its summary, and the host notices that it left",
      ],
      "hangup_test.ts": [
        "a listener whose terminal is closed says goodbye, and its place is free",
        "SIGHUP, however often, is a goodbye with the ledger and exit status 0",
        "started with nohup it outlives its terminal",
      ],
    },
  },
  {
    why: "Standard output and input: readers that go, begin late or never read.",
    tests: {
      "unread_output_test.ts": [
        "a reader that goes, or a full disk, ends nothing; the number of lines left out is printed",
        "a token that can't be printed is a failure; a pager is waited for",
        "a log does not go to a terminal, which could hold everything up",
      ],
      "data_test.ts": [
        "standard input: each message is the source's, its set-up comes with it, and its end ends all",
      ],
    },
  },
  {
    why: "Files: recordings, a database, a link that is left behind, a file that is watched.",
    tests: {
      "record_test.ts": ["--record of opus on a clean network is the source, bit for bit"],
      "files_test.ts": [
        "recording to the match's own source leaves that as it is, and so does a second start",
      ],
      "screen_listen_test.ts": ["a listener that is killed leaves a playable MP4 with h264"],
      "data_outputs_test.ts": [
        "lines and recordings have each message and picture of the source; killed, a recording has whole ones",
      ],
      "restart_test.ts": [
        "on a full disk events wait, and the broadcast ends with a failure that says so",
        "a database in use, of another kind, or damaged ends serve with one line",
      ],
      "admission_test.ts": [
        "--open lets in without a token; a link left behind lets in the same user",
      ],
      "tokens_file_test.ts": [
        "a listener is put out when its token is revoked through a link to the host's file",
        "a listener is put out when its token is revoked by another user than the host's",
      ],
    },
  },
  {
    why: "Named pipes.",
    opensPipes: true,
    tests: {
      "files_test.ts": [
        "events from a pipe that nobody writes to: the sound goes out, and events when they come",
        "a program that writes no sound yet to -: that is said, and the link is there",
      ],
    },
  },
  {
    why: "Programs that it starts, and programs that open what it writes or sends.",
    tests: {
      "screen_sources_test.ts": [
        "a.mp4 from file: a plain player gets its pictures",
        "the desktop is grabbed, and its ffmpeg ends with the broadcast",
      ],
      "plain_players_test.ts": ["ffmpeg decodes plain mp3 from the SDP without an error"],
    },
  },
  {
    why: "What it reads by HTTP and WebSocket.",
    tests: {
      "http_sound_test.ts": [
        "an old radio is played through a playlist, and its password is shown nowhere",
      ],
      "data_test.ts": [
        "a server that is not there at the start is said once; the broadcast starts, and the data comes with it",
      ],
    },
  },
];

/**
 * What the network does to packets, and pages of viewers that run within the test: not even in `deno task acceptance`
 * run with the binary.
 */
export const NOT_OF_THE_BINARY: readonly string[] = [
  "attacks_test.ts",
  "bad_network_test.ts",
  "data_page_test.ts",
  "eavesdropping_test.ts",
  "jitter_test.ts",
  "junk_test.ts",
  "ledgers_test.ts",
  "rebinding_test.ts",
  "secrecy_test.ts",
  "srtp_test.ts",
  "time_of_day_test.ts",
];
