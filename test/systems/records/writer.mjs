/**
 * A process that writes one document over and over, for the conformance suite to kill or to race with:
 * node writer.mjs MODULE EXPORT ARGUMENT OPERATION NAME SIZE
 */
const [module, factory, argument, operation, name, size] = process.argv.slice(2);
const records = (await import(module))[factory](argument);
for (let round = 1; ; round += 1) {
  const writer = `${process.pid}-${round}`;
  await records.put(operation, name, { writer, filler: 'x'.repeat(Number(size)), again: writer });
  process.stdout.write('.');
}
