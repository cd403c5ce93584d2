//! In which language one sees the panel, and in which time zone its times.

use super::server::set_preferences;
use crate::{
    clock,
    components::{
        erase::Erase,
        form::{Form, FormError, Select},
        frame::{Account, use_account},
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::languages::{LANGUAGES, Preferences};

/// The form. What is chosen holds for every browser of the person.
#[component]
pub fn LanguageAndZone() -> impl IntoView {
    let own = use_account().map(Account::preferences).unwrap_or_default();
    let language = LANGUAGES.iter().position(|one| Some(one.code) == own.language.as_deref());
    let language = RwSignal::new(language.map_or(0, |place| place + 1));
    let as_browser = || tr!("as in the browser").to_owned();
    let languages: Vec<_> =
        std::iter::once(as_browser()).chain(LANGUAGES.iter().map(|one| one.name.to_owned())).collect();
    // Which zones there are the browser knows.
    let zone = RwSignal::new(usize::from(own.time_zone.is_some()));
    let zones = RwSignal::new(own.time_zone.clone().into_iter().collect::<Vec<_>>());
    Effect::new(move || {
        let known = clock::zones();
        if let Some(place) = own.time_zone.as_ref().map(|own| known.iter().position(|one| one == own)) {
            // One that this browser does not know stays the only choice beside its own.
            let Some(place) = place else { return };
            zone.set(place + 1);
        }
        zones.set(known);
    });
    let names = Signal::derive(move || std::iter::once(as_browser()).chain(zones.get()).collect());
    let error = RwSignal::new(None);
    let submit = Callback::new(move |()| {
        let nth = |number: usize| number.checked_sub(1);
        let chosen = Preferences {
            language: nth(language.get_untracked()).and_then(|nth| LANGUAGES.get(nth)).map(|one| one.code.to_owned()),
            time_zone: nth(zone.get_untracked()).and_then(|nth| zones.with_untracked(|zones| zones.get(nth).cloned())),
        };
        spawn_local(async move {
            match set_preferences(chosen).await {
                // A page has one language, so this takes a new one.
                Ok(()) => drop(window().location().reload()),
                Err(wrong) => {
                    let _ = error.try_set(Some(wrong.text()));
                }
            }
        });
    });
    view! {
        <section class="card padded" aria-labelledby="preferences-title">
            <h2 id="preferences-title">{tr!("Language and time zone")}</h2>
            <Form submit class="form inline-fields">
                <div class="fields">
                    <Select label=tr!("Language") options=languages value=language testid="preferences-language" />
                    <Select label=tr!("Time zone") options=names value=zone testid="preferences-zone" />
                </div>
                <p>
                    <button class="button" type="submit" data-testid="preferences-save">
                        {tr!("Save")}
                    </button>
                </p>
            </Form>
            <FormError error />
        </section>
    }
    .erase()
}
