//! Before and after, as people read it: what differs, field by field.

use crate::{components::erase::Erase, tr};
use leptos::prelude::*;
use serde_json::{Map, Value};

/// What an entry changed, made, removed or says besides.
#[component]
pub fn Changes(
    /// How it was.
    before: Option<Value>,
    /// How it is.
    after: Option<Value>,
    /// Whatever else.
    detail: Value,
) -> impl IntoView {
    let line = |(name, text): (String, String)| {
        view! {
            <li>
                <span class="muted">{name} " "</span>
                {text}
            </li>
        }
    };
    let lines = differences(before, after).into_iter().chain(facts(detail)).map(line).collect_view();
    view! { <ul class="changes">{lines}</ul> }.erase()
}

/// Each field that is not the same: `old → new`.
fn differences(before: Option<Value>, after: Option<Value>) -> Vec<(String, String)> {
    let (before, mut after) = (object(before), object(after));
    let mut lines = Vec::new();
    for (name, old) in before {
        match after.remove(&name) {
            Some(new) if new == old => {}
            Some(new) => lines.push((name, format!("{} → {}", plain(&old), plain(&new)))),
            None => lines.push((name, format!("{} → –", plain(&old)))),
        }
    }
    lines.extend(after.into_iter().map(|(name, new)| (name, format!("→ {}", plain(&new)))));
    lines
}

fn facts(detail: Value) -> impl Iterator<Item = (String, String)> {
    let told =
        |value: &Value| !value.is_null() && *value != Value::Bool(false) && *value != Value::String(String::new());
    object(Some(detail)).into_iter().filter(move |(_, value)| told(value)).map(|(name, value)| (name, plain(&value)))
}

/// What is no object is one with a nameless field.
fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(fields)) => fields,
        None | Some(Value::Null) => Map::new(),
        Some(other) => Map::from_iter([(String::new(), other)]),
    }
}

/// A value without the signs of JSON where it needs none.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(true) => tr!("yes").to_owned(),
        Value::Bool(false) => tr!("no").to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        Value::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(before: Value, after: Value) -> Vec<String> {
        differences(Some(before), Some(after)).into_iter().map(|(name, text)| format!("{name} {text}")).collect()
    }

    #[test]
    fn only_what_differs_is_told() {
        let before = json!({ "enabled": true, "login": "ann", "quota": 5 });
        let after = json!({ "enabled": false, "login": "ann", "note": "x" });
        assert_eq!(told(before, after), ["enabled yes → no", "quota 5 → –", "note → x"]);
        assert_eq!(told(Value::Null, json!({ "ips": ["a", "b"] })), ["ips → a, b"]);
        assert_eq!(told(Value::Null, json!({ "ban": { "ip": "a", "reach": "Server" } })), ["ban → ip a, reach Server"]);
        assert_eq!(told(json!("old"), json!("new")), [" old → new"]);
    }

    #[test]
    fn details_that_say_nothing_are_left_out() {
        let detail = json!({ "minutes": 30, "message": "", "same_ip": false, "scope": null });
        assert_eq!(facts(detail).collect::<Vec<_>>(), [("minutes".to_owned(), "30".to_owned())]);
    }
}
