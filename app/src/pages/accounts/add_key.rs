//! A new SSH key.

use super::server::add_ssh_key;
use crate::{
    components::{
        erase::Erase,
        form::{DialogButtons, Field, Form, FormError, TextArea},
        toast::use_toasts,
    },
    error::PanelError,
    later, tr, words,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    ids::AccountId,
    ssh_keys::{LONGEST_LINE, SshKeyOrder, is_private},
};

const PRIVATE: &str = later!(
    "This is a private key, which nobody else should ever have. It was not sent and is not kept. The public key is in the file of the same name that ends in .pub."
);

/// The form.
#[component]
pub fn AddKey(
    /// To which account.
    account: AccountId,
    /// Leaves the dialog.
    close: Callback<()>,
    /// It was added.
    done: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let public_key = RwSignal::new(String::new());
    let comment = RwSignal::new(String::new());
    let key_error = RwSignal::new(None);
    let comment_error = RwSignal::new(None);
    let error = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        for shown in [key_error, comment_error, error] {
            shown.set(None);
        }
        // It stays in this browser, and not even there.
        for field in [public_key, comment] {
            if field.with_untracked(|text| is_private(text)) {
                field.set(String::new());
                key_error.set(Some(words::text(PRIVATE).to_owned()));
                return;
            }
        }
        let order = SshKeyOrder { public_key: public_key.get_untracked(), comment: comment.get_untracked() };
        busy.set(true);
        spawn_local(async move {
            let answer = add_ssh_key(account, order).await;
            let _ = busy.try_set(false);
            let (shown, text) = match answer {
                Ok(_) => {
                    toasts.tell(tr!("The key is added.").to_owned());
                    close.try_run(());
                    done.try_run(());
                    return;
                }
                Err(PanelError::Invalid { field, message }) if field == "public_key" => (key_error, message),
                Err(PanelError::Invalid { field, message }) if field == "comment" => (comment_error, message),
                Err(other) => (error, other.text()),
            };
            let _ = shown.try_set(Some(text));
        });
    });
    view! {
        <h2 id="key-title">{tr!("Add an SSH key")}</h2>
        <Form submit>
            <TextArea
                label=tr!("Public key: the line in the file that ends in .pub")
                value=public_key
                testid="key-line"
                rows="5"
                most=LONGEST_LINE
                placeholder="ssh-ed25519 AAAA… anna@desk"
                error=key_error
            />
            <Field label=tr!("Comment (empty: that of the line)") value=comment testid="key-comment" error=comment_error />
            <FormError error />
            <DialogButtons close yes=tr!("Add") disabled=busy testid="key-confirm" />
        </Form>
    }
    .erase()
}
