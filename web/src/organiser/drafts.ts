import type { Entry } from './classList';
import type { Order } from './columns';
import type { Asked } from '../asking';

/** A class list that is not enrolled yet. */
export interface ListDraft {
  text: string;
  /** Which name comes first, once somebody said so. */
  order?: Order | undefined;
  asked?: Asked | undefined;
}

/** One candidate who is not enrolled yet. */
export interface OneDraft {
  entry: Entry;
  asked: Asked | undefined;
}
