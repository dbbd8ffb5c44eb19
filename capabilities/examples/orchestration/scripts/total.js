// `context` holds the inputs, the outputs of earlier steps and what `with` adds; `result` is this step's output.
const cents = context.order.lines.reduce((sum, line) => sum + line.cents * line.count, 0);
var result = { cents, text: money(cents, context.currency) };
