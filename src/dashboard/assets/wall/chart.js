// A small line of numbers over time, drawn as SVG.

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 300;
const HEIGHT = 60;

/** @param {string} name @param {Record<string, string>} attributes */
function part(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class Chart {
  /** @param {string} label what it shows @param {number} points how many are kept */
  constructor(label, points) {
    this.label = label;
    this.points = points;
    /** @type {number[]} */
    this.values = [];
    this.area = part('path', { class: 'chart-area' });
    this.line = part('path', { class: 'chart-line', 'vector-effect': 'non-scaling-stroke' });
    this.element = part('svg', { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' });
    this.element.append(this.area, this.line);
    this.#draw();
  }

  /** @param {number} value */
  add(value) {
    this.values.push(value);
    if (this.values.length > this.points) this.values.shift();
    this.#draw();
  }

  #draw() {
    const { values } = this;
    const most = Math.max(...values, 1);
    const last = values.at(-1) ?? 0;
    this.element.setAttribute('aria-label', `${this.label}: ${last} now, ${Math.max(...values, 0)} at most`);
    if (values.length < 2) return;
    const step = WIDTH / (this.points - 1);
    const start = WIDTH - step * (values.length - 1);
    const places = values.map((value, index) => `${(start + index * step).toFixed(1)},${(HEIGHT - 3 - (value / most) * (HEIGHT - 8)).toFixed(1)}`);
    const line = `M${places.join('L')}`;
    this.line.setAttribute('d', line);
    this.area.setAttribute('d', `${line}L${WIDTH},${HEIGHT}L${start.toFixed(1)},${HEIGHT}Z`);
  }
}
