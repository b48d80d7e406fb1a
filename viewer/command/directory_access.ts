import type * as v from "valibot";
import { ask } from "../../shared/directory/conversation.ts";
import { explainFailure } from "../../shared/directory/failure_words.ts";
import { BroadcastListSchema, BroadcastSchema } from "../../shared/directory/forms.ts";
import { converse } from "../../shared/system/http/directory_calls.ts";
import type { DirectoryAccess } from "../directory/directory_desk.ts";

/** Asks a directory what everybody may ask. @param signal ends what is being asked. */
export function openDirectoryAccess(url: string, signal: AbortSignal): DirectoryAccess {
  async function get<Schema extends v.GenericSchema>(
    path: string,
    schema: Schema,
  ): Promise<v.InferOutput<Schema>> {
    const told = await converse(ask({ method: "GET", path }, 200, schema), { url, signal });
    if (told.ok) return told.value;
    throw explainFailure(told, url);
  }
  return {
    url,
    list: (query) => get(`v1/broadcasts?${query}`, BroadcastListSchema),
    find: (id) => get(`v1/broadcasts/${id}`, BroadcastSchema),
  };
}
