// Checks, and lines about them that clients_test.go reads: "ok NAME",
// "not ok NAME # why", "skip NAME # why".
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

let failed = 0;

const line = (text) => console.log(text.replaceAll('\n', ' ⏎ '));

export async function check(name, what) {
  try {
    const why = await what();
    line(why?.skip ? `skip ${name} # ${why.skip}` : `ok ${name}`);
  } catch (err) {
    failed++;
    line(`not ok ${name} # ${err.stack ?? err}`);
  }
}

// skip is what a check returns that can't be made here.
export const skip = (why) => ({ skip: why });

// finish ends the script: a client may have timers of its own that would not.
export const finish = () => process.exit(failed ? 1 : 0);

// record keeps the first of each kind of payload for types.mjs, which asks
// whether the client's own types describe it.
const kept = new Set();
export function record(type, kind, value) {
  const name = `${type} ${kind}`;
  if (!process.env.RECORD || kept.has(name)) return;
  kept.add(name);
  mkdirSync(process.env.RECORD, { recursive: true });
  writeFileSync(join(process.env.RECORD, `${name.replace(/[^\w.]+/g, '-')}.json`), JSON.stringify({ type, kind, value }));
}
