import type { Language } from '../language.svelte';
import { privacy } from './privacy';
import { terms } from './terms';

/** Whose documents these are, and where to write to them. */
interface Operator {
  operator: string;
  contact: string;
}

interface Section {
  title: string;
  /** Paragraphs, and lists. */
  text: (string | string[])[];
}

/** A document in each language. */
export type Documents = Record<Language, (operator: Operator) => Section[]>;

/** What people accept when they sign up, by its path in the page. */
export const documents = { terms, privacy };
