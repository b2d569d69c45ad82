/** How a report looks, on a screen and on paper. */
export const STYLE = `
:root { color-scheme: light; --ink: #1b1f24; --dim: #667079; --line: #d9dee3; --main: #1f5fbf; --second: #9aa4ae; --gain: #1a7f4b; --loss: #c0392b; }
* { box-sizing: border-box; }
body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; max-width: 1040px; margin: 0 auto; padding: 24px; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 16px; margin: 32px 0 8px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
p { margin: 6px 0; } .dim { color: var(--dim); } .note { color: var(--dim); font-size: 12px; }
.verdict { border: 1px solid var(--line); border-left: 6px solid var(--second); padding: 10px 14px; margin: 16px 0; }
.verdict.edge { border-left-color: var(--gain); } .verdict.no { border-left-color: var(--loss); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } th, td { text-align: right; padding: 3px 8px; border-bottom: 1px solid var(--line); }
td { white-space: nowrap; } th:first-child, td:first-child { text-align: left; } th { color: var(--dim); font-weight: 500; } td.left, th.left { text-align: left; }
.gain { color: var(--gain); } .loss { color: var(--loss); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 8px; margin-top: 12px; }
.tile { border: 1px solid var(--line); padding: 8px 10px; } .tile b { display: block; font-size: 18px; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; display: block; } .grid { stroke: var(--line); } .tick { font-size: 11px; fill: var(--dim); } .end { text-anchor: end; } .middle { text-anchor: middle; }
.line { fill: none; stroke-width: 1.4; } .line.main { stroke: var(--main); } .line.second { stroke: var(--second); } .line.loss { stroke: var(--loss); }
.area { opacity: .18; } .area.main { fill: var(--main); } .area.loss { fill: var(--loss); } .band { fill: #f3d9a4; opacity: .5; }
.mark.gain, .bar.gain { fill: var(--gain); } .mark.loss, .bar.loss { fill: var(--loss); } .mark.main, .bar.main { fill: var(--main); }
.legend { font-size: 12px; color: var(--dim); } .key { display: inline-block; width: 14px; height: 3px; margin: 0 6px 3px 12px; } .key.main { background: var(--main); } .key.second { background: var(--second); }
.trades { max-height: 480px; overflow: auto; }
@media print { body { max-width: none; padding: 0; } .trades { max-height: none; overflow: visible; } h2, svg, .tile { break-inside: avoid; } thead { display: table-header-group; } }
`;
