//! Properties that clients make up (RFC 4918 section 4.2), and how they are kept beside a file.

use dav_server::fs::{DavProp, FsError, FsResult};

/// Namespace, name, prefix and the element as it came.
type Kept = (Option<String>, String, Option<String>, String);

/// What is noted about a file.
pub(super) struct Properties(Vec<Kept>);

impl Properties {
    pub(super) fn read(noted: &[u8]) -> Self {
        // What somebody else has written there is nothing.
        Self(serde_json::from_slice(noted).unwrap_or_default())
    }

    pub(super) fn written(&self) -> FsResult<Vec<u8>> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::to_vec(&self.0).map_err(|_| FsError::GeneralFailure)
    }

    pub(super) fn all(&self, with_content: bool) -> Vec<DavProp> {
        let prop = |(namespace, name, prefix, xml): &Kept| DavProp {
            name: name.clone(),
            prefix: prefix.clone(),
            namespace: namespace.clone(),
            xml: with_content.then(|| xml.clone().into_bytes()),
        };
        self.0.iter().map(prop).collect()
    }

    pub(super) fn find(&self, wanted: &DavProp) -> Option<Vec<u8>> {
        let found = self.0.iter().find(|kept| is(kept, wanted))?;
        Some(found.3.clone().into_bytes())
    }

    pub(super) fn set(&mut self, prop: &DavProp) -> FsResult<()> {
        self.remove(prop);
        let xml = String::from_utf8(prop.xml.clone().unwrap_or_default()).map_err(|_| FsError::Forbidden)?;
        self.0.push((prop.namespace.clone(), prop.name.clone(), prop.prefix.clone(), xml));
        Ok(())
    }

    pub(super) fn remove(&mut self, prop: &DavProp) {
        self.0.retain(|kept| !is(kept, prop));
    }
}

fn is((namespace, name, ..): &Kept, prop: &DavProp) -> bool {
    // No namespace and an empty one are the same (XML Namespaces section 6.2).
    let plain = |namespace: &Option<String>| namespace.clone().unwrap_or_default();
    *name == prop.name && plain(namespace) == plain(&prop.namespace)
}
