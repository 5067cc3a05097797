import ts from 'typescript';
import { expect, test } from 'vitest';

const sources = import.meta.glob<string>(['./**/texts.ts', './kit/words.json', '../../documents/typst/words.json'], { query: '?raw', import: 'default', eager: true });

/** What stands in a source's quotes, piece by piece. */
function said(source: string): string[] {
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node)) found.push(node.text);
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile('texts.ts', source, ts.ScriptTarget.Latest));
  return found;
}

/** A line of a list as somebody pastes it, which is no sentence. */
const PASTED = 'Bernard ; Zoé ; 31/05/2012 ; 33 %';

/** English has none of these signs after a space, and no guillemets. */
test.each(Object.entries(sources))('%s: no line ends before a sign that print keeps with its word', (_, source) => {
  expect(said(source).filter((text) => / [»;!?:%](?!\S)|« /.test(text) && text !== PASTED)).toEqual([]);
});
