import type { Problem } from './api/client';

/** What is wrong with each field. */
export type Wrong = Partial<Record<string, string>>;

/** The API's word on each field. */
export function wrongFields(problem: Problem): Wrong {
  return Object.fromEntries(problem.errors.map(({ field, message }) => [field, message]));
}

/** Those of these values that are missing. */
export function missing(values: Record<string, string>, message: string): Wrong {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !value.trim()).map(([field]) => [field, message]));
}

/** Brings the person to the first field to mend, once its error stands beside it. */
export function toFirstWrong(form: HTMLFormElement | undefined): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
