// Opens pages in one headless Chromium, in light and in dark colours, and runs axe-core in each:
// a line `COLOURS PAGE: VIOLATION` for each rule that a page breaks, `COLOURS PAGE ok` where it
// breaks none. Exit status 1 if a page could not be checked.
//
// usage: node ci/axe.mjs BROWSER PROFILE AXE PAGE...

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [browser, profile, axe, ...pages] = process.argv.slice(2);
const library = readFileSync(axe, 'utf8');
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--window-size=1280,2000', `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'];
const chromium = spawn(browser, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
chromium.on('exit', () => end('the browser ended'));
const limit = setTimeout(() => end('no answer within ten minutes'), 600_000);

function end(why) {
  console.error(`axe: ${why}`);
  chromium.kill();
  process.exit(1);
}

// The DevTools protocol: JSON texts with a zero byte behind each.
const answers = new Map();
const events = [];
let said = '';
let last = 0;
chromium.stdio[4].setEncoding('utf8').on('data', text => {
  said += text;
  const messages = said.split('\0');
  said = messages.pop();
  for (const message of messages.map(JSON.parse)) {
    if (message.id) answers.get(message.id)(message);
    else for (const event of events.filter(e => e.method === message.method)) event.seen();
  }
});

async function call(method, params = {}, sessionId = undefined) {
  const id = ++last;
  const answer = new Promise(resolve => answers.set(id, resolve));
  chromium.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
  const { result, error } = await answer;
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

function seen(method) {
  return new Promise(resolve => {
    const event = { method, seen: () => { events.splice(events.indexOf(event), 1); resolve(); } };
    events.push(event);
  });
}

const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
await call('Page.enable', {}, sessionId);

async function evaluate(expression) {
  const { result, exceptionDetails } = await call('Runtime.evaluate',
    { expression, awaitPromise: true, returnByValue: true }, sessionId);
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

try {
  for (const colours of ['light', 'dark']) {
    await call('Emulation.setEmulatedMedia',
      { features: [{ name: 'prefers-color-scheme', value: colours }] }, sessionId);
    for (const page of pages) {
      const loaded = seen('Page.loadEventFired');
      await call('Page.navigate', { url: pathToFileURL(resolve(page)).href }, sessionId);
      await loaded;
      if (await evaluate("matchMedia('(prefers-color-scheme: dark)').matches") !== (colours === 'dark')) {
        throw new Error(`${page}: not in ${colours} colours`);
      }
      await evaluate(`${library};0`);
      const found = await evaluate(`axe.run().then(found => found.violations.map(v =>
        v.id + ': ' + v.nodes[0].html.slice(0, 200) + ' ' + v.nodes[0].failureSummary))`);
      for (const text of found) console.log(`${colours} ${basename(page)}: ${text.replace(/\s+/g, ' ')}`);
      if (found.length === 0) console.log(`${colours} ${basename(page)} ok`);
    }
  }
} catch (e) {
  end(e.message);
}
clearTimeout(limit);
chromium.removeAllListeners('exit');
chromium.kill();
process.exit(0);
