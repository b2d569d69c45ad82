import { describe, expect, it } from '@jest/globals';
import { makeLiveView } from './live-view.ts';
import type { Output } from './terminal.ts';

/** What a terminal shows after a stream of text with the few control sequences that the view uses. */
function show(text: string): string {
  let lines: string[] = [''];
  for (const part of text.replaceAll('\u001b', '␛').split(/(␛\[[?\d]*[A-Za-z]|\n|\r)/)) {
    const up = /^␛\[(\d+)A$/.exec(part);
    if (up !== null) lines = lines.slice(0, lines.length - Number(up[1]));
    else if (part === '␛[0J') lines = [...lines.slice(0, -1), ''];
    else if (part === '\n') lines.push('');
    else if (!/^[␛\r]/.test(part)) lines[lines.length - 1] = `${lines.at(-1) ?? ''}${part}`;
  }
  return lines.join('\n');
}

function makeTerminal(rows = 24) {
  let written = '';
  const output: Output = {
    live: true,
    screen: () => ({ width: 80, colour: false }),
    rows: () => rows,
    write: (text) => {
      written += text;
      return Promise.resolve();
    },
    lines: () => Promise.resolve(),
  };
  return { output, screen: () => show(written), written: () => written };
}

describe('the live view', () => {
  it('redraws its picture in place, and not before a quarter of a second has passed', async () => {
    const terminal = makeTerminal();
    let now = 0;
    let count = 0;
    const view = makeLiveView(
      terminal.output,
      () => ['bar', `count ${count}`],
      () => now,
    );
    await view.draw();
    count = 1;
    await view.draw();
    expect(terminal.screen()).toBe('bar\ncount 0\n');
    now = 250;
    await view.draw();
    expect(terminal.screen()).toBe('bar\ncount 1\n');
  });

  it('writes lines above the picture', async () => {
    const terminal = makeTerminal();
    const view = makeLiveView(
      terminal.output,
      () => ['picture'],
      () => 0,
    );
    await view.draw();
    await view.print(['first']);
    await view.print(['second']);
    expect(terminal.screen()).toBe('first\nsecond\npicture\n');
  });

  it('takes the picture away and shows the cursor again', async () => {
    const terminal = makeTerminal();
    const view = makeLiveView(
      terminal.output,
      () => ['picture'],
      () => 0,
    );
    await view.draw();
    await view.clear();
    expect(terminal.screen()).toBe('');
    expect(terminal.written().endsWith('\u001b[?25h')).toBe(true);
  });

  it('is never higher than the terminal, since what scrolls away cannot be taken back', async () => {
    const terminal = makeTerminal(3);
    const view = makeLiveView(
      terminal.output,
      () => ['1', '2', '3', '4'],
      () => 0,
    );
    await view.draw();
    expect(terminal.screen()).toBe('1\n2\n');
  });
});
