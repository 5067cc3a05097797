import type { Board } from '../api/client';

/** What candidates are counted as, in the words of their marks. */
export type Count = 'enrolled' | 'present' | 'inProgress' | 'interrupted' | 'absent' | 'neverStarted' | 'over';

/** How many there are of each; nobody is on their way any more once the session is finalised. */
export function counts({ enrolled, present, inProgress, interrupted, finished, ended }: Board['summary'], isFinalised: boolean): [Count, number][] {
  const over: [Count, number] = ['over', finished + ended];
  if (isFinalised) return [['absent', enrolled], ['neverStarted', present], over];
  return [['enrolled', enrolled], ['present', present], ['inProgress', inProgress], ['interrupted', interrupted], over];
}
