import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin, ResolvedConfig, Rolldown } from 'vite';
import { WORKER } from './name.ts';

const ENGINE = 'engine/';

type Bundle = Rolldown.OutputBundle;

/** Tells the worker what a candidate's page is made of in this build. */
export function offline(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'offline',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    writeBundle({ dir = '' }, bundle) {
      const { base, env } = config;
      const hasEngine = env['VITE_ENGINE_URL'] === base + ENGINE;
      const pages = ['', ...(hasEngine ? [ENGINE] : [])];
      const modules = ['src/candidate/Candidate.svelte', ...pages.map((page) => `${page}index.html`)];
      const files: Record<string, string> = Object.fromEntries(pages.map((page) => [base + page, hash(join(dir, page, 'index.html'))]));
      for (const file of ['icon.svg', ...needed(bundle, modules.map((module) => join(config.root, module)))]) files[base + file] = hash(join(dir, file));
      const list = JSON.stringify(files);
      const build = createHash('sha256').update(list).digest('hex').slice(0, 16);
      const worker = join(dir, WORKER);
      const head = `const FILES=${list},BUILD=${JSON.stringify(build)},BASE=${JSON.stringify(base)};\n`;
      writeFileSync(worker, head + readFileSync(worker, 'utf8'));
    },
  };
}

function hash(file: string): string {
  return `sha256-${createHash('sha256').update(readFileSync(file)).digest('base64')}`;
}

/** What these modules are in the build, with all that they load at once. */
function needed(bundle: Bundle, modules: string[]): Set<string> {
  const found = new Set<string>();
  const add = (name: string) => {
    const file = bundle[name];
    if (found.has(name) || file?.type !== 'chunk') return;
    found.add(name);
    for (const style of file.viteMetadata?.importedCss ?? []) found.add(style);
    file.imports.forEach(add);
  };
  for (const file of Object.values(bundle)) if (file.type === 'chunk' && file.facadeModuleId && modules.includes(file.facadeModuleId)) add(file.fileName);
  return found;
}
