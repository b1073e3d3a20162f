export { type Cell, STRIP_HEIGHT, STRIP_ROW, stripCells, stripModulus } from './layout.ts'
export { readStrip, stripAge } from './read-strip.ts'
