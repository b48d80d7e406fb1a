import { TemporaryFolder } from "../e2e/fixtures.ts";
import { checkNobodyMisses, UNREAD } from "../e2e/unread_output.ts";
import { testWith } from "../tools.ts";

for (const host of UNREAD) {
  testWith(
    ["script", "less"],
    `a minute of ${host} at the host, and of each way at listeners: nobody misses a packet`,
    async () => {
      await using folder = new TemporaryFolder();
      const listeners = [
        ...UNREAD.map((unread) => ["listen", unread] as const),
        ["view", host] as const,
      ];
      await checkNobodyMisses({ host, listeners, seconds: 60 }, folder);
    },
  );
}
