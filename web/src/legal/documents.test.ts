import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documents } from './documents';
import { VERSION } from './version';

const source = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const WHO = { operator: 'Exemple', contact: 'donnees@exemple.fr' };
const NAMES = ['terms', 'privacy'] as const;
const text = (name: (typeof NAMES)[number], language: 'fr' | 'en') => documents[name][language](WHO).flatMap(({ title, text }) => [title, ...text.flat()]);

test('what is accepted is what an account keeps as accepted', () => {
  expect(source('shared/src/domain/account.rs')).toContain(`pub const TERMS_VERSION: &str = "${VERSION}";`);
});

test('what is said of how long and where is what is done', () => {
  const said = text('privacy', 'en').join('\n');
  for (const [words, path, code] of [
    ['at most 5\u00a0years from your last access', 'shared/src/domain/account.rs', 'RETENTION_SECONDS: i64 = 5 * 366 * 24 * 3600'],
    ['nobody ever logged in to: 30\u00a0days', 'shared/src/domain/account.rs', 'UNUSED_SECONDS: i64 = 30 * 24 * 3600'],
    ['5\u00a0years after the session', 'shared/src/domain/session.rs', 'RETENTION_SECONDS: i64 = 5 * 366 * 24 * 3600'],
    ['says (open, closed): 24\u00a0hours', 'shared/src/store/here.rs', 'KEPT_SECONDS: i64 = 24 * 3600'],
    ['counters of errors: 24\u00a0hours', 'shared/src/store/accounts.rs', 'TRIES_KEPT_SECONDS: i64 = 24 * 3600'],
    ['last five devices', 'shared/src/domain/device.rs', 'MAX_DEVICES: usize = 5'],
    ['last twenty accounts', 'web/src/account/devices.ts', 'MOST = 20'],
    ['30\u00a0days unless it decides otherwise', 'template.yaml', 'Default: 30\n    Description: Days that logs are kept'],
    ['AWS’s Paris region', 'samconfig.toml', 'region = "eu-west-3"'],
  ] as const) {
    expect(said).toContain(words);
    expect(source(path), words).toContain(code);
  }
});

test.each(NAMES)('%s: both languages say as much, and name the operator and where to write', (name) => {
  const shape = (language: 'fr' | 'en') => documents[name][language](WHO).map(({ text }) => text.map((block) => (typeof block === 'string' ? 1 : block.length)));
  expect(shape('fr')).toEqual(shape('en'));
  for (const language of ['fr', 'en'] as const) {
    const said = text(name, language).join('\n');
    expect(said).toContain(WHO.operator);
    expect(said).toContain(WHO.contact);
    expect(said).not.toMatch(/undefined|\$\{|'/);
  }
});

test.each(NAMES)('%s: French has no-break spaces where print has them', (name) => {
  const said = text(name, 'fr').join('\n');
  expect(said).not.toMatch(/ [;:!?»]|« |\w[;!?»]|\d (ans|jours|heures?|mois)/);
  expect(said).toMatch(/\u00a0:/);
});
