//! The server functions of the pages of people.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    deletions::{DeletionPreview, DeletionReceipt},
    ids::PersonId,
    panel_sessions::PanelSessionRow,
    people::{PersonOrder, PersonPage, PersonReceipt, PersonRow, PersonSearch, PersonUpdate},
};

/// People in sight, by login.
#[server(name = PeopleCall, prefix = "/fn", endpoint = "people", protocol = Call)]
pub async fn people(
    /// Which.
    search: PersonSearch,
    /// Somebody clicked.
    active: bool,
) -> Result<PersonPage, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    guard::core()?.people(&operator, &search).await.map_err(guard::failed)
}

/// One person.
#[server(name = PersonCall, prefix = "/fn", endpoint = "person", protocol = Call)]
pub async fn person(
    /// Which.
    id: PersonId,
    /// Somebody clicked.
    active: bool,
) -> Result<PersonRow, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    guard::core()?.person(&operator, id).await.map_err(guard::failed)
}

/// The sign-ins of a person, the latest first.
#[server(name = PersonSignInsCall, prefix = "/fn", endpoint = "person_sign_ins", protocol = Call)]
pub async fn person_sign_ins(
    /// Whose.
    id: PersonId,
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<PanelSessionRow>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    guard::core()?.sign_ins_of(&operator, id).await.map_err(guard::failed)
}

/// Adds a person.
#[server(name = CreatePersonCall, prefix = "/fn", endpoint = "create_person", protocol = Call)]
pub async fn create_person(
    /// Whom.
    order: PersonOrder,
) -> Result<PersonRow, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManagePeople).await?;
    guard::core()?.create_person(&operator, &order).await.map_err(guard::failed)
}

/// Changes a person. What it may not do any more ends at once.
#[server(name = ChangePersonCall, prefix = "/fn", endpoint = "change_person", protocol = Call)]
pub async fn change_person(
    /// Whom.
    id: PersonId,
    /// What.
    update: PersonUpdate,
) -> Result<PersonReceipt, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManagePeople).await?;
    guard::core()?.change_person(&operator, id, &update).await.map_err(guard::failed)
}

/// What deleting a person would take away.
#[server(name = PersonDeletionPreviewCall, prefix = "/fn", endpoint = "person_deletion_preview", protocol = Call)]
pub async fn person_deletion_preview(
    /// Whom.
    id: PersonId,
) -> Result<DeletionPreview, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManagePeople).await?;
    guard::core()?.preview_person_deletion(&operator, id).await.map_err(guard::failed)
}

/// Deletes a person with customers, their domains and accounts. It can be taken back for a while.
#[server(name = DeletePersonCall, prefix = "/fn", endpoint = "delete_person", protocol = Call)]
pub async fn delete_person(
    /// Whom.
    id: PersonId,
) -> Result<DeletionReceipt, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManagePeople).await?;
    guard::core()?.delete_person(&operator, id).await.map_err(guard::failed)
}
