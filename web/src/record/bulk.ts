import type { Candidate, Outcome, Results } from '../api/client';
import { AT_ONCE } from '../api/limits';

/** Has it done for these, as many at a time as may be; the first block that fails ends it, with what was done until then done. */
export async function inBlocks(candidates: string[], send: (block: string[]) => Promise<Outcome<{ results: Results }>>): Promise<Outcome<Results>> {
  const results: Results = [];
  for (let at = 0; at < candidates.length; at += AT_ONCE) {
    const outcome = await send(candidates.slice(at, at + AT_ONCE));
    if (!outcome.ok) return outcome;
    results.push(...outcome.value.results);
  }
  return { ok: true, value: results };
}

/** For whom it was not done, by the API's code for why. */
export function refusals(results: Results, candidates: Candidate[]): [string, Candidate[]][] {
  const why: Partial<Record<string, Candidate[]>> = {};
  for (const { candidate, code } of results) {
    const whom = candidates.find(({ id }) => id === candidate);
    if (code && whom) (why[code] ??= []).push(whom);
  }
  return Object.entries(why).map(([code, whom]) => [code, whom ?? []]);
}

/** `10` or `-5`; `undefined` where it is not a number of minutes that can be added at once. */
export function readMinutes(typed: string): number | undefined {
  const [, sign = '', digits] = /^\s*([+\-−–]?)\s*(\d{1,3})\s*$/.exec(typed) ?? [];
  const minutes = Number(digits) * (/[-−–]/.test(sign) ? -1 : 1);
  return minutes && Math.abs(minutes) <= 120 ? minutes : undefined;
}
