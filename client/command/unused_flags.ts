import { parseJoinLink } from "../../shared/admission/join_link.ts";
import { parseDirectoryLink } from "../../shared/directory/directory_link.ts";
import type { ConnectOptions } from "../interface/config.ts";

/** What was given on the command line about the host; what was not given is absent. */
export type GivenPlace = Partial<
  Pick<ConnectOptions, "link" | "host" | "port" | "token" | "tokenFile" | "directory" | "search">
>;

/** Flags that change nothing beside the others: a line each, with the reason and what to do. */
export function describeUnused(given: GivenPlace): string[] {
  const { link, directory, token, tokenFile } = given;
  const told = describePlace(given);
  const isTokenTold = told.some((text) => text.startsWith("--token-file"));
  return [
    ...told,
    ...(token !== undefined && tokenFile !== undefined && !isTokenTold
      ? ["--token-file has no effect: --token is the token. Leave one of them out"]
      : []),
    ...(link !== undefined && directory !== undefined && given.search === undefined
      ? ["--directory has no effect: the link names the broadcast. Leave one of them out"]
      : []),
  ];
}

/** The link or the directory tells what these flags would tell otherwise. */
function describePlace(given: GivenPlace): string[] {
  const { link, host, port, token, tokenFile } = given;
  const isToldByDirectory = parseDirectoryLink(link ?? "") !== undefined ||
    (given.directory !== undefined && link === undefined);
  const told = isToldByDirectory
    ? { token: true }
    : link === undefined
    ? undefined
    : parseJoinLink(link);
  if (!told) return [];
  const by = isToldByDirectory ? "the directory" : "the link";
  const flags = [
    { flag: "--host", what: "the host", isUnused: host !== undefined },
    { flag: "--port", what: "the host", isUnused: port !== undefined },
    {
      flag: "--token",
      what: "the token",
      isUnused: token !== undefined && told.token !== undefined,
    },
    {
      flag: "--token-file",
      what: "the token",
      isUnused: tokenFile !== undefined && told.token !== undefined,
    },
  ];
  return flags.filter(({ isUnused }) => isUnused)
    .map(({ flag, what }) => `${flag} has no effect: ${by} tells ${what}. Leave it out`);
}
