//! The field for a new password: shown on demand, with a meter, and with a suggestion for who wants one.

use crate::{components::erase::Erase, later, tr, words};
use leptos::prelude::*;

/// The field.
#[component]
pub fn NewPassword(
    /// What is in it.
    value: RwSignal<String>,
    /// For tests.
    testid: &'static str,
    /// What it is called.
    #[prop(default = tr!("Password"))]
    label: &'static str,
    /// What is wrong with it.
    error: RwSignal<Option<String>>,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let suggest = move |_| {
        value.set(suggestion());
        shown.set(true);
    };
    let strength = Memo::new(move |_| value.with(|password| strength(password)));
    view! {
        <div class="field">
            <label>
                <span class="field-name">{label}</span>
                <input
                    class="input"
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete="new-password"
                    spellcheck="false"
                    autocapitalize="none"
                    data-testid=testid
                    aria-invalid=move || error.get().map(|_| "true")
                    prop:value=value
                    on:input:target=move |event| value.set(event.target().value())
                />
            </label>
            <div class="password-tools">
                <meter min="0" max="4" low="2" high="3" optimum="4" value=move || strength.get().to_string() aria-label=tr!("Strength")></meter>
                <span class="muted" aria-live="polite">{move || WORDS.get(strength.get()).map(|word| words::text(word))}</span>
                <span class="space"></span>
                <button class="button" type="button" data-testid="password-show" on:click=move |_| shown.update(|shown| *shown = !*shown)>
                    {move || if shown.get() { tr!("Hide") } else { tr!("Show") }}
                </button>
                <button class="button" type="button" data-testid="password-suggest" on:click=suggest>
                    {tr!("Suggest one")}
                </button>
            </div>
            {move || error.get().map(|wrong| view! { <p class="field-error" role="alert">{wrong}</p> })}
        </div>
    }
    .erase()
}

const WORDS: [&str; 5] = ["", later!("too short"), later!("weak"), later!("fair"), later!("strong")];

/// 0 for nothing to 4 for strong, by length and by how many kinds of characters there are. A rough guess, which is all
/// a meter can be; the server decides what it takes.
fn strength(password: &str) -> usize {
    let length = password.chars().count();
    let kinds: [fn(char) -> bool; 4] =
        [|c| c.is_lowercase(), |c| c.is_uppercase(), |c| c.is_numeric(), |c| !c.is_alphanumeric()];
    let kinds = kinds.iter().filter(|kind| password.chars().any(**kind)).count();
    let mut seen: Vec<char> = password.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    match (length, kinds) {
        (0, _) => 0,
        (1..8, _) => 1,
        _ if seen.len() < 5 => 2,
        (16.., _) | (12.., 3..) => 4,
        (12.., _) | (_, 3..) => 3,
        _ => 2,
    }
}

/// Twenty characters that are hard to mistake, about 98 bits; nothing where the browser has no random numbers.
fn suggestion() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 20];
    let filled = window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    if filled.is_err() {
        return String::new();
    }
    bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32))).map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::strength;

    #[test]
    fn longer_and_more_varied_is_stronger() {
        for (password, expected) in [
            ("", 0),
            ("short", 1),
            ("aaaaaaaaaaaaaaaaaa", 2),
            ("password", 2),
            ("Passw0rd", 3),
            ("correcthorse", 3),
            ("correct horse battery", 4),
            ("Tr0ub4dor&3xyz", 4),
        ] {
            assert_eq!(strength(password), expected, "{password}");
        }
    }
}
