//! Type erasure for views, without code that nobody calls.
//!
//! `into_any` of leptos keeps a second way to hydrate every view, for pages that load their code piece by piece
//! (`hydrate_lazy`). This panel is hydrated in one go, and that second way was a sixth of its code. Views that are
//! erased here leave it out.

use leptos::{
    prelude::*,
    tachys::{
        html::attribute::{Attribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        ssr::StreamBuilder,
        view::{Position, PositionState, add_attr::AddAnyAttr},
    },
};
use std::future::Future;

/// Takes the type off a view.
pub trait Erase {
    /// The view, of the one type that all erased views have.
    fn erase(self) -> AnyView;
}

impl<V: RenderHtml + Send + 'static> Erase for V {
    fn erase(self) -> AnyView {
        Whole(self).into_any()
    }
}

/// A view that is hydrated in one go.
struct Whole<V>(V);

impl<V: Render> Render for Whole<V> {
    type State = V::State;

    fn build(self) -> Self::State {
        self.0.build()
    }

    fn rebuild(self, state: &mut Self::State) {
        self.0.rebuild(state);
    }
}

/// Attributes are not passed through: those of a component of this panel are its properties.
impl<V: RenderHtml> AddAnyAttr for Whole<V> {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, _attribute: A) -> Self::Output<A> {
        self
    }
}

impl<V: RenderHtml> RenderHtml for Whole<V> {
    type AsyncOutput = V::AsyncOutput;
    type Owned = Whole<V::Owned>;

    const MIN_LENGTH: usize = V::MIN_LENGTH;
    const EXISTS: bool = V::EXISTS;

    fn dry_resolve(&mut self) {
        self.0.dry_resolve();
    }

    fn resolve(self) -> impl Future<Output = Self::AsyncOutput> + Send {
        self.0.resolve()
    }

    fn html_len(&self) -> usize {
        self.0.html_len()
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0.to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        self.0.hydrate::<FROM_SERVER>(cursor, position)
    }

    /// Never called. The trait's own would be a second call of `hydrate`, for each type.
    async fn hydrate_async(self, _cursor: &Cursor, _position: &PositionState) -> Self::State {
        unreachable!()
    }

    fn into_owned(self) -> Self::Owned {
        Whole(self.0.into_owned())
    }
}
