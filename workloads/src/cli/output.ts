import type { CommandContext } from './context.ts';
import { renderJson } from './render/json.ts';
import type { Screen } from './render/screen.ts';

/** Write a result: as one JSON document, or rendered for people. */
export async function show(
  context: CommandContext,
  options: { readonly json?: boolean },
  result: { readonly json: unknown; readonly render: (screen: Screen) => readonly string[] },
): Promise<void> {
  const { out } = context.terminal;
  if (options.json === true) await out.write(renderJson(result.json));
  else await out.lines(result.render(out.screen()));
}
