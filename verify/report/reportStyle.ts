/** The report's style sheet; colours that differ in lightness too, so that they can be told apart without colour. */
export const STYLE = `
:root { color-scheme: light; --ink: #1d2733; --soft: #5d6b7a; --line: #dde3ea; --good: #1f8a4c; --bad: #c62f2f; --page: #f5f7f9; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 24px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
header { border-left: 8px solid; border-radius: 6px; background: #fff; padding: 16px 24px; }
header.passed { border-color: var(--good); } header.failed { border-color: var(--bad); }
h1 { margin: 0; font-size: 26px; } header p { margin: 4px 0 0; color: var(--soft); }
h2 { margin: 0 0 12px; font-size: 19px; } h2 small { color: var(--soft); font-weight: normal; font-size: 14px; }
h3 { margin: 12px 0 4px; font-size: 14px; color: var(--soft); }
section { background: #fff; border: 1px solid var(--line); border-radius: 6px; margin-top: 20px; padding: 20px 24px; }
ul.faults { list-style: none; padding: 12px 20px; margin: 16px 0; background: #fdecec; border-left: 4px solid var(--bad); border-radius: 4px; }
ul.skipped { list-style: none; padding: 12px 20px; margin: 16px 0; background: #fff6dc; border-left: 4px solid #c99700; border-radius: 4px; }
ul.notes, ol { margin: 0; padding-left: 20px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 16px; margin-top: 20px; }
.card { background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: 16px 20px; display: flex; flex-direction: column; }
.card span, .card small { color: var(--soft); font-size: 13px; } .card strong { font-size: 30px; line-height: 1.3; }
.card.bad strong { color: var(--bad); }
.gauge { height: 6px; border-radius: 3px; background: var(--line); margin: 6px 0 8px; overflow: hidden; }
.gauge i { display: block; height: 100%; background: var(--good); } .bad .gauge i { background: var(--bad); }
figure { margin: 0 0 16px; overflow-x: auto; } figcaption { color: var(--soft); font-size: 13px; margin-bottom: 4px; }
svg { width: 100%; min-width: 800px; height: auto; display: block; font: 11.5px system-ui, "DejaVu Sans", sans-serif; }
svg .grid { stroke: #eceff3; } svg .lane { stroke: var(--line); } svg .name { fill: var(--ink); } svg .tick { fill: var(--soft); }
svg .owner { fill: #1c5fa8; } svg .route { fill: #6aa5dc; } svg .proxy { fill: #9a7fd1; } svg .up { fill: #4bb07a; } svg .down { fill: var(--bad); }
svg .part { stroke: #fff; } svg .figure { font-weight: 600; } p.remark { margin: 2px 0; color: var(--soft); font-size: 13px; }
svg .part-power { fill: #4a5563; } svg .part-boot { fill: #98a3b0; } svg .part-drain { fill: #cdb98a; } svg .part-detection { fill: #1c5fa8; }
svg .part-fencing { fill: #7b3f8c; } svg .part-release { fill: #8fbce6; } svg .part-hand-over { fill: #e0974a; } svg .part-address { fill: #1f7f74; }
svg .part-proxy { fill: #b9a3e3; } svg .part-arp { fill: #f0c95f; } svg .part-probe { fill: #ccd3db; }
svg .on-part-power, svg .on-part-detection, svg .on-part-fencing, svg .on-part-address { fill: #fff; font-weight: 600; }
svg .inside { fill: #fff; font-weight: 600; } svg .beside { fill: var(--bad); font-weight: 600; }
svg line.event { stroke: var(--soft); stroke-dasharray: 3 3; } svg text.event { fill: var(--soft); }
svg line.fault { stroke: var(--bad); stroke-dasharray: none; } svg text.fault { fill: var(--bad); font-weight: 600; }
svg line.recovery { stroke: var(--good); } svg text.recovery { fill: var(--good); font-weight: 600; }
table { border-collapse: collapse; width: 100%; margin: 8px 0; font-size: 14px; }
th { text-align: left; color: var(--soft); font-weight: 500; } th, td { padding: 5px 10px; border-bottom: 1px solid var(--line); }
th:nth-child(-n+4):not(:first-child), .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.mark { font-weight: 700; color: var(--good); } tr.bad td { color: var(--bad); } .why { color: var(--soft); }
.columns { display: grid; grid-template-columns: 1fr 1fr; gap: 32px; font-size: 14px; }
.hosts { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 8px 24px; font-size: 14px; }
ul.checks { list-style: none; margin: 0; padding: 0; }
ul.checks li::before { content: "✓ "; color: var(--good); font-weight: 700; } ul.checks li.bad::before { content: "✗ "; color: var(--bad); }
li.bad { color: var(--bad); }
@media (max-width: 760px) { .columns { grid-template-columns: 1fr; } body { padding: 12px; } }
@media print { body { background: #fff; } section, .card { break-inside: avoid; } }
`;
