//! The server functions of the own profile.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    ids::{PasskeyId, TokenId},
    languages::Preferences,
    passkeys::PasskeyRequest,
    people::{NewCodes, Profile},
    tokens::{NewToken, TokenRow},
};

/// Oneself.
#[server(name = ProfileCall, prefix = "/fn", endpoint = "profile", protocol = Call)]
pub async fn profile(
    /// Somebody clicked.
    active: bool,
) -> Result<Profile, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    guard::core()?.profile(&operator).await.map_err(guard::failed)
}

/// Changes the own name.
#[server(name = ChangeOwnNameCall, prefix = "/fn", endpoint = "change_own_name", protocol = Call)]
pub async fn change_own_name(
    /// Name for people to read.
    name: String,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.change_own_name(&operator, &name).await.map_err(guard::failed)
}

/// Changes the own password; the other own sessions end. How many there were.
#[server(name = ChangeOwnPasswordCall, prefix = "/fn", endpoint = "change_own_password", protocol = Call)]
pub async fn change_own_password(
    /// The one until now.
    old: String,
    /// The one from now on.
    new: String,
) -> Result<u32, PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.change_own_password(&operator, &old, &new).await.map_err(guard::failed)
}

/// A secret for one-time codes. Nothing asks for codes until one has been shown.
#[server(name = BeginOwnCodesCall, prefix = "/fn", endpoint = "begin_own_codes", protocol = Call)]
pub async fn begin_own_codes(
    /// The own password.
    password: String,
) -> Result<NewCodes, PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.begin_own_codes(&operator, &password).await.map_err(guard::failed)
}

/// Asks for one-time codes from now on. The recovery codes, this once.
#[server(name = ConfirmOwnCodesCall, prefix = "/fn", endpoint = "confirm_own_codes", protocol = Call)]
pub async fn confirm_own_codes(
    /// The own password.
    password: String,
    /// The secret that the codes are made with.
    secret: String,
    /// What the app shows.
    code: String,
) -> Result<Vec<String>, PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.confirm_own_codes(&operator, &password, &secret, &code).await.map_err(guard::failed)
}

/// Asks for no more codes.
#[server(name = EndOwnCodesCall, prefix = "/fn", endpoint = "end_own_codes", protocol = Call)]
pub async fn end_own_codes(
    /// The own password.
    password: String,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.end_own_codes(&operator, &password).await.map_err(guard::failed)
}

/// Asks the browser for a passkey.
#[server(name = BeginPasskeyCall, prefix = "/fn", endpoint = "begin_passkey", protocol = Call)]
pub async fn begin_passkey(
    /// What it will be called.
    name: String,
    /// The own password.
    password: String,
) -> Result<PasskeyRequest, PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    let parts = guard::parts()?;
    guard::core()?.begin_passkey(&operator, guard::host(&parts), &name, &password).await.map_err(guard::failed)
}

/// Adds the passkey that the browser was asked for.
#[server(name = AddPasskeyCall, prefix = "/fn", endpoint = "add_passkey", protocol = Call)]
pub async fn add_passkey(
    /// Names what was asked.
    ceremony: String,
    /// What the browser answers, JSON.
    answer: String,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.add_passkey(&operator, &ceremony, &answer).await.map(drop).map_err(guard::failed)
}

/// Gives an own passkey another name.
#[server(name = RenamePasskeyCall, prefix = "/fn", endpoint = "rename_passkey", protocol = Call)]
pub async fn rename_passkey(
    /// Which.
    id: PasskeyId,
    /// What it is called from now on.
    name: String,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.rename_passkey(&operator, id, &name).await.map_err(guard::failed)
}

/// Removes an own passkey; own other sessions that were begun with it end.
#[server(name = RemovePasskeyCall, prefix = "/fn", endpoint = "remove_passkey", protocol = Call)]
pub async fn remove_passkey(
    /// Which.
    id: PasskeyId,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.remove_passkey(&operator, id).await.map_err(guard::failed)
}

/// Changes the own language and time zone.
#[server(name = SetPreferencesCall, prefix = "/fn", endpoint = "set_preferences", protocol = Call)]
pub async fn set_preferences(
    /// What is wanted from now on.
    preferences: Preferences,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.set_preferences(&operator, preferences).await.map_err(guard::failed)
}

/// Tokens that work, by name: the own ones, and all where everything is in sight.
#[server(name = TokensCall, prefix = "/fn", endpoint = "tokens", protocol = Call)]
pub async fn tokens(
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<TokenRow>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    guard::core()?.tokens(&operator).await.map_err(guard::failed)
}

/// Makes a token with the own rights. Its secret is in the answer and nowhere else.
#[server(name = CreateOwnTokenCall, prefix = "/fn", endpoint = "create_own_token", protocol = Call)]
pub async fn create_own_token(
    /// What it is called.
    name: String,
    /// It may look and change nothing.
    read_only: bool,
    /// The own password.
    password: String,
) -> Result<NewToken, PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.create_own_token(&operator, &name, read_only, &password).await.map_err(guard::failed)
}

/// Makes a token useless.
#[server(name = RevokeTokenCall, prefix = "/fn", endpoint = "revoke_token", protocol = Call)]
pub async fn revoke_token(
    /// Which.
    id: TokenId,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::operator(true).await?;
    guard::core()?.revoke_token(&operator, id).await.map_err(guard::failed)
}
