import type { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import { JwksSchema } from "../../../../shared/directory/forms.ts";
import type { StoredDirectory } from "../broadcast_store.ts";

/** Made when it is needed: few broadcasts are in a directory, and earlier versions read the file as before. */
const TABLE = `
  CREATE TABLE IF NOT EXISTS directory (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    url TEXT NOT NULL,
    keys TEXT NOT NULL
  ) STRICT`;

const RowSchema = v.object({
  url: v.string(),
  keys: v.pipe(v.string(), v.parseJson(), JwksSchema),
});

/** @returns undefined when there is none, or it is damaged: the host registers as if it were new. */
export function readDirectory(database: DatabaseSync): StoredDirectory | undefined {
  const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'directory'").get();
  if (isThere === undefined) return undefined;
  const row = v.safeParse(RowSchema, database.prepare("SELECT url, keys FROM directory").get());
  return row.success ? row.output : undefined;
}

export function writeDirectory(database: DatabaseSync, { url, keys }: StoredDirectory): void {
  database.exec(TABLE);
  database.prepare("INSERT OR REPLACE INTO directory (id, url, keys) VALUES (1, ?, ?)")
    .run(url, JSON.stringify(keys));
}
