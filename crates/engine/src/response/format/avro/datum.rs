//! One Avro datum as JSON. Bytes are base64, decimals and UUIDs text, other logical types their number. Decoded here rather
//! than by the library so that depth and size are bounded; the library parses schemas.

use std::collections::HashMap;

use apache_avro::Schema as Avsc;
use apache_avro::schema::{InnerDecimalSchema, Name, UuidSchema};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};

use super::input::Input;
use crate::response::format::{budget::Budget, error::FormatError};

/// Reads values of one schema and the named types within it.
pub(super) struct Decoder<'s> {
    named: HashMap<&'s Name, &'s Avsc>,
}

impl<'s> Decoder<'s> {
    pub(super) fn new(root: &'s Avsc) -> Self {
        let mut named = HashMap::new();
        let mut open = vec![root];
        while let Some(schema) = open.pop() {
            if let Some(name) = schema.name().filter(|_| !matches!(schema, Avsc::Ref { .. })) {
                named.insert(name, schema);
            }
            match schema {
                Avsc::Record(record) => open.extend(record.fields.iter().map(|field| &field.schema)),
                Avsc::Array(array) => open.push(&array.items),
                Avsc::Map(map) => open.push(&map.types),
                Avsc::Union(union) => open.extend(union.variants()),
                _ => {}
            }
        }
        Self { named }
    }

    pub(super) fn datum(
        &self,
        schema: &'s Avsc,
        input: &mut Input<'_>,
        budget: &mut Budget,
    ) -> Result<Value, FormatError> {
        self.value(schema, input, budget, 0)
    }

    /// A value of any schema: what holds others is read here, what does not by [`leaf`].
    fn value(
        &self,
        schema: &'s Avsc,
        input: &mut Input<'_>,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<Value, FormatError> {
        budget.depth(depth)?;
        budget.charge(0)?;
        let deeper = depth + 1;
        match schema {
            Avsc::Union(union) => {
                let variant = usize::try_from(input.long()?).ok().and_then(|at| union.variants().get(at));
                let variant = variant.ok_or_else(|| input.error("a union has no such branch"))?;
                self.value(variant, input, budget, deeper)
            }
            Avsc::Array(array) => {
                let mut list = Vec::new();
                blocks(input, |input| {
                    list.push(self.value(&array.items, input, budget, deeper)?);
                    Ok(())
                })?;
                Ok(Value::Array(list))
            }
            Avsc::Map(map) => {
                let mut object = Map::new();
                blocks(input, |input| {
                    let key = input.text()?;
                    budget.charge_bytes(key.len())?;
                    object.insert(key.to_owned(), self.value(&map.types, input, budget, deeper)?);
                    Ok(())
                })?;
                Ok(Value::Object(object))
            }
            Avsc::Record(record) => {
                let mut object = Map::with_capacity(record.fields.len());
                for field in &record.fields {
                    budget.charge_bytes(field.name.len())?;
                    object.insert(field.name.clone(), self.value(&field.schema, input, budget, deeper)?);
                }
                Ok(Value::Object(object))
            }
            Avsc::Ref { name } => {
                let named = self.named.get(name);
                let named = named.ok_or_else(|| input.error(format!("type `{name}` is not declared")))?;
                self.value(named, input, budget, deeper)
            }
            schema => leaf(schema, input, budget),
        }
    }
}

/// Reads every item of an array or map.
fn blocks<'i>(
    input: &mut Input<'i>,
    mut item: impl FnMut(&mut Input<'i>) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    loop {
        let count = input.block()?;
        if count == 0 {
            return Ok(());
        }
        for _ in 0..count {
            item(input)?;
        }
    }
}

/// A value that holds no others.
fn leaf(schema: &Avsc, input: &mut Input<'_>, budget: &mut Budget) -> Result<Value, FormatError> {
    Ok(match schema {
        Avsc::Boolean => match input.array::<1>()? {
            [0] => Value::Bool(false),
            [1] => Value::Bool(true),
            _ => return Err(input.error("a boolean is neither 0 nor 1")),
        },
        Avsc::Int | Avsc::Date | Avsc::TimeMillis => input.int()?.into(),
        Avsc::Long
        | Avsc::TimeMicros
        | Avsc::TimestampMillis
        | Avsc::TimestampMicros
        | Avsc::TimestampNanos
        | Avsc::LocalTimestampMillis
        | Avsc::LocalTimestampMicros
        | Avsc::LocalTimestampNanos => input.long()?.into(),
        Avsc::Float => single(f32::from_le_bytes(input.array()?)),
        Avsc::Double => float(f64::from_le_bytes(input.array()?)),
        Avsc::Bytes => base64(input.bytes()?, budget)?,
        Avsc::String | Avsc::Uuid(UuidSchema::String) => text(input.text()?, budget)?,
        Avsc::Fixed(fixed) => base64(input.take(fixed.size)?, budget)?,
        Avsc::Enum(symbols) => {
            let symbol = usize::try_from(input.long()?).ok().and_then(|at| symbols.symbols.get(at));
            text(symbol.ok_or_else(|| input.error("an enum has no such symbol"))?, budget)?
        }
        Avsc::Decimal(decimal) => {
            let bytes = match &decimal.inner {
                InnerDecimalSchema::Bytes => input.bytes()?,
                InnerDecimalSchema::Fixed(fixed) => input.take(fixed.size)?,
            };
            text(&unscaled(bytes, decimal.scale, input)?, budget)?
        }
        Avsc::BigDecimal => {
            let mut inner = Input::new(input.bytes()?);
            let bytes = inner.bytes()?;
            let scale = usize::try_from(inner.long()?).map_err(|_| input.error("a decimal's scale is negative"))?;
            text(&unscaled(bytes, scale, input)?, budget)?
        }
        Avsc::Uuid(UuidSchema::Bytes) => uuid(input.bytes()?, budget)?,
        Avsc::Uuid(UuidSchema::Fixed(fixed)) => uuid(input.take(fixed.size)?, budget)?,
        Avsc::Duration(_) => {
            let [months, days, millis] = [input.array()?, input.array()?, input.array()?].map(u32::from_le_bytes);
            serde_json::json!({ "months": months, "days": days, "millis": millis })
        }
        Avsc::Null | Avsc::Union(_) | Avsc::Array(_) | Avsc::Map(_) | Avsc::Record(_) | Avsc::Ref { .. } => Value::Null,
    })
}

fn text(text: &str, budget: &mut Budget) -> Result<Value, FormatError> {
    budget.charge_bytes(text.len())?;
    Ok(Value::String(text.to_owned()))
}

fn base64(bytes: &[u8], budget: &mut Budget) -> Result<Value, FormatError> {
    text(&STANDARD.encode(bytes), budget)
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number)
}

/// A single-precision number by its shortest decimal form: 0.1, not 0.10000000149011612.
fn single(value: f32) -> Value {
    float(value.to_string().parse().unwrap_or_else(|_| f64::from(value)))
}

fn uuid(bytes: &[u8], budget: &mut Budget) -> Result<Value, FormatError> {
    let mut digits = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            digits.push('-');
        }
        digits.push_str(&format!("{byte:02x}"));
    }
    text(&digits, budget)
}

/// A big-endian two's complement number with a decimal point.
fn unscaled(bytes: &[u8], scale: usize, input: &Input<'_>) -> Result<String, FormatError> {
    if bytes.len() > 16 || scale > 1000 {
        return Err(input.error("a decimal is longer than 16 bytes"));
    }
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let start = if negative { -1_i128 } else { 0 };
    let number = bytes.iter().fold(start, |number, byte| (number << 8) | i128::from(*byte));
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if number < 0 { "-" } else { "" };
    Ok(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}
