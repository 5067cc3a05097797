/** What a typed birth date means: a date as the API has it, or why it is none. */
export type Birthdate = { date: string } | { wrong: 'shape' | 'year' | 'day' };

/** Reads 31/05/2012, 31 05 2012, 31052012 or 2012-05-31. */
export function readBirthdate(typed: string, today = new Date()): Birthdate {
  const text = typed.trim();
  const [, y, m, d] = /^(\d{4})\D+(\d{1,2})\D+(\d{1,2})$/.exec(text) ?? [];
  if (y && m && d) return checked(y, m, d, today);
  const [, day, month, year] = /^(\d{1,2})\D+(\d{1,2})\D+(\d+)$/.exec(text) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(text) ?? [];
  if (!day || !month || !year) return { wrong: 'shape' };
  return checked(year, month, day, today);
}

function checked(year: string, month: string, day: string, today: Date): Birthdate {
  if (year.length !== 4) return { wrong: 'year' };
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const instant = new Date(`${date}T00:00Z`);
  // February 30th would pass as March 1st.
  if (Number.isNaN(instant.getTime()) || instant.getUTCDate() !== Number(day)) return { wrong: 'day' };
  if (instant > today || Number(year) < 1900) return { wrong: 'year' };
  return { date };
}
