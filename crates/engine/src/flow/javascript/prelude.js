// What QuickJS runs in one go, however long it takes, is made to say first how long that is: `charge(n)` throws when it is too much.
// Everything that calls a function of the script or jumps back in a loop is interrupted by the engine itself.
(function (charge) {
  'use strict';
  const { apply, construct } = Reflect;
  const { isArray, prototype: lists } = Array;
  const { defineProperty } = Object;

  const replace = (holder, name, make) => {
    const native = holder[name];
    if (typeof native !== 'function') return;
    const made = make(native);
    defineProperty(made, 'name', { value: native.name, configurable: true });
    defineProperty(made, 'length', { value: native.length, configurable: true });
    defineProperty(holder, name, { value: made, writable: true, configurable: true, enumerable: false });
  };

  // A list, charged by its length; of what only looks like one, a copy, since its length may change with every look.
  const list = (value) => {
    if (isArray(value)) {
      charge(value.length);
      return value;
    }
    const object = Object(value);
    const length = Math.max(Math.trunc(Number(object.length)) || 0, 0);
    charge(length);
    const copy = [];
    for (let at = 0; at < length; at++) if (at in object) copy[at] = object[at];
    copy.length = length;
    return copy;
  };

  const reading = ['slice', 'join', 'toLocaleString', 'flatMap', 'toReversed', 'toSorted', 'toSpliced', 'with',
    'includes', 'indexOf', 'lastIndexOf'];
  for (const name of reading) {
    replace(lists, name, (native) => function (...given) { return apply(native, list(this), given); });
  }
  for (const name of ['fill', 'copyWithin', 'reverse', 'sort', 'splice', 'unshift']) {
    replace(lists, name, (native) => function (...given) {
      if (!isArray(this)) throw new TypeError(`${name} works on lists only`);
      charge(this.length);
      return apply(native, this, given);
    });
  }
  replace(lists, 'concat', (native) => function (...given) {
    const part = (value) => {
      if (isArray(value)) return list(value);
      const spread = Object(value) === value && value[Symbol.isConcatSpreadable];
      return spread ? list(value) : [value];
    };
    return apply(native, isArray(this) ? list(this) : part(this), given.map(part));
  });
  replace(lists, 'flat', () => function (depth = 1) {
    const flat = [];
    const into = (source, depth) => {
      for (let at = 0; at < source.length; at++) {
        if (!(at in source)) continue;
        if (depth > 0 && isArray(source[at])) into(source[at], depth - 1);
        else flat.push(source[at]);
      }
    };
    into(list(this), Number(depth) || 0);
    return flat;
  });
  // Iterators of what only looks like a list never end when its length says so.
  const plain = (native) => function () { return apply(native, isArray(this) ? this : list(this), []); };
  for (const name of ['keys', 'entries', 'values']) replace(lists, name, plain);
  defineProperty(lists, Symbol.iterator, { value: lists.values, writable: true, configurable: true, enumerable: false });

  // Looking for one text in another compares them at every place.
  const texts = String.prototype;
  const compared = (text, part) => charge(text.length * part.length / 64);
  for (const name of ['indexOf', 'lastIndexOf', 'includes', 'split', 'replace', 'replaceAll']) {
    replace(texts, name, (native) => function (part, ...given) {
      if (Object(part) === part) return apply(native, this, [part, ...given]);
      const text = String(this);
      if (part !== undefined) compared(text, String(part));
      return apply(native, text, [part, ...given]);
    });
  }

  // A proxy of a list could say another length each time.
  const NativeProxy = Proxy;
  const target = (value) => { if (isArray(value)) throw new TypeError('a list has no proxy'); return value; };
  const Guarded = function Proxy(of, handler) {
    if (!new.target) throw new TypeError("constructor requires 'new'");
    return new NativeProxy(target(of), handler);
  };
  Guarded.revocable = (of, handler) => NativeProxy.revocable(target(of), handler);
  globalThis.Proxy = Guarded;

  const NativeSet = Set;
  const Counted = function Set(values) {
    if (!new.target) throw new TypeError("constructor requires 'new'");
    const set = construct(NativeSet, [], new.target);
    if (values !== undefined && values !== null) for (const value of values) set.add(value);
    return set;
  };
  Counted.prototype = NativeSet.prototype;
  defineProperty(NativeSet.prototype, 'constructor', { value: Counted, writable: true, configurable: true });
  defineProperty(Counted, Symbol.species, { get() { return this; }, configurable: true });
  defineProperty(globalThis, 'Set', { value: Counted, writable: true, configurable: true, enumerable: false });
  defineProperty(globalThis, 'Proxy', { value: Guarded, writable: true, configurable: true, enumerable: false });
})
