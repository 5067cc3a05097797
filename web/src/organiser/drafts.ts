import type { Key, NameOrder } from '../api/client';
import type { Asked } from '../asking';
import type { Entry } from './entry';
import type { SessionValues } from './sessionValues';

/** A class list that is not enrolled yet. */
export interface ListDraft {
  text: string;
  /** Which name comes first, once somebody said so. */
  order?: NameOrder | undefined;
  /** What it was sent with, if it is still the same list. */
  asked?: Asked | undefined;
}

/** One candidate who is not enrolled yet. */
export interface OneDraft {
  entry: Entry;
  asked: Asked | undefined;
}

/** A session that is not created, or not changed yet. */
export interface SessionDraft {
  values: SessionValues;
  asked: Asked | undefined;
}

/** The key to ask for this with. */
export type Asking = (body: unknown) => Key;
