// Draws the figures: <figure data-bars="name:value;…" data-unit="cm"> and
// <figure data-lines="name:y,y,…;…" data-x="1,2,…" data-top="100" data-xlabel="…" data-ylabel="…">.
const ink = ["#2a5d67", "#c0703a", "#7a7a7a", "#8a5fa0"];
const text = (x, y, words, extra = "") => `<text x="${x}" y="${y}" ${extra}>${words}</text>`;
const svg = (height, parts) =>
  `<svg viewBox="0 0 300 ${height}" font-family="Liberation Sans, Sample JP" font-size="9" fill="#222">${parts.join("")}</svg>`;
const series = (words) => words.split(";").map((one) => one.split(":"));

function bars(figure) {
  const rows = series(figure.dataset.bars);
  const most = Math.max(...rows.map(([, value]) => +value));
  return svg(rows.length * 17 + 2, rows.flatMap(([name, value], i) => [
    text(112, i * 17 + 12, name, 'text-anchor="end"'),
    `<rect x="118" y="${i * 17 + 3}" height="12" width="${(130 * value) / most}" fill="${ink[i === rows.length - 1 ? 0 : 2]}"/>`,
    text(122 + (130 * value) / most, i * 17 + 12, `${value} ${figure.dataset.unit}`),
  ]));
}

function lines(figure) {
  const xs = figure.dataset.x.split(",");
  const rows = series(figure.dataset.lines).map(([name, ys]) => [name, ys.split(",").map(Number)]);
  const top = +figure.dataset.top, most = top * 1.04;
  const at = (i) => 34 + (i * 250) / (xs.length - 1), up = (y) => 108 - (96 * y) / most;
  return svg(146, [
    '<path d="M34 10V108H288" fill="none" stroke="#444" stroke-width=".8"/>',
    ...xs.map((x, i) => text(at(i), 119, x, 'text-anchor="middle"')),
    ...[0, 0.5, 1].map((share) => text(30, up(share * top) + 3, share * top, 'text-anchor="end"')),
    text(160, 130, figure.dataset.xlabel, 'text-anchor="middle"'),
    text(38, 8, figure.dataset.ylabel),
    ...rows.flatMap(([name, ys], n) => [
      `<polyline points="${ys.map((y, i) => `${at(i)},${up(y)}`).join(" ")}" fill="none" stroke="${ink[n]}" stroke-width="1.6"/>`,
      ...ys.map((y, i) => `<circle cx="${at(i)}" cy="${up(y)}" r="2.2" fill="${ink[n]}"/>`),
      `<rect x="${34 + n * 88}" y="137" width="10" height="3" fill="${ink[n]}"/>`, text(47 + n * 88, 142, name),
    ]),
  ]);
}

for (const figure of document.querySelectorAll("[data-bars]")) figure.insertAdjacentHTML("afterbegin", bars(figure));
for (const figure of document.querySelectorAll("[data-lines]")) figure.insertAdjacentHTML("afterbegin", lines(figure));
