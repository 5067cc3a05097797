interface Named {
  firstName: string;
  lastName: string;
}

/** A person's name, the way round that lists are sorted by: the same wherever somebody is named. */
export function nameOf({ firstName, lastName }: Named): string {
  return `${lastName} ${firstName}`;
}
