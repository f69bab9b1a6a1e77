//! Reads a body as it was meant: an object where an object is wanted, never a list of its members; a
//! text where there are words to choose from; and no key twice in one object.
//!
//! It lies between what reads JSON and the types of requests, whose derived readers would take more.
//! What was wanted is named in the words of JSON, not in those of this program.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};

const OBJECT: &str = "an object";

/// See the module.
pub(super) struct Strict<D>(pub(super) D);

/// The methods that differ in nothing but what they call the wanted value.
macro_rules! pass_on {
    ($($method:ident: $wanted:expr;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(Watched::new(visitor, $wanted))
        })+
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    pass_on! {
        deserialize_any: None;
        deserialize_bool: None;
        deserialize_i8: Some("a whole number");
        deserialize_i16: Some("a whole number");
        deserialize_i32: Some("a whole number");
        deserialize_i64: Some("a whole number");
        deserialize_u8: Some("a whole number from 0 on");
        deserialize_u16: Some("a whole number from 0 on");
        deserialize_u32: Some("a whole number from 0 on");
        deserialize_u64: Some("a whole number from 0 on");
        deserialize_f32: Some("a number");
        deserialize_f64: Some("a number");
        deserialize_char: None;
        deserialize_str: None;
        deserialize_string: None;
        deserialize_bytes: None;
        deserialize_byte_buf: None;
        deserialize_option: None;
        deserialize_unit: None;
        deserialize_seq: Some("a list");
        deserialize_identifier: None;
        deserialize_ignored_any: None;
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0
            .deserialize_unit_struct(name, Watched::new(visitor, None))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0
            .deserialize_newtype_struct(name, Watched::new(visitor, None))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(len, Watched::new(visitor, None))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0
            .deserialize_tuple_struct(name, len, Watched::new(visitor, None))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let watched = Watched::new(visitor, Some(OBJECT));
        self.0.deserialize_map(Watched {
            keys_are_free: true,
            ..watched
        })
    }

    /// A derived reader knows the fields by itself, and refuses to see one twice.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Watched::new(visitor, Some(OBJECT)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_str(Word(visitor))
    }
}

/// A reader, and what it is said to want when that is not there.
struct Watched<V> {
    visitor: V,
    wanted: Option<&'static str>,
    keys_are_free: bool,
}

impl<V> Watched<V> {
    const fn new(visitor: V, wanted: Option<&'static str>) -> Self {
        Self {
            visitor,
            wanted,
            keys_are_free: false,
        }
    }
}

macro_rules! visit {
    ($($method:ident: $kind:ty;)+) => {
        $(fn $method<E: serde::de::Error>(self, value: $kind) -> Result<V::Value, E> {
            self.visitor.$method(value)
        })+
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Watched<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wanted {
            Some(wanted) => f.write_str(wanted),
            None => self.visitor.expecting(f),
        }
    }

    visit! {
        visit_bool: bool;
        visit_u64: u64;
        visit_str: &str;
        visit_borrowed_str: &'de str;
        visit_string: String;
        visit_bytes: &[u8];
        visit_borrowed_bytes: &'de [u8];
        visit_byte_buf: Vec<u8>;
    }

    /// A number below 0 comes here, and with a kind of number as the reader's own complaint.
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<V::Value, E> {
        let wanted = self.wanted;
        let visited: Result<V::Value, E> = self.visitor.visit_i64(value);
        visited.map_err(|error| said(wanted, Unexpected::Signed(value), error))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<V::Value, E> {
        let wanted = self.wanted;
        let visited: Result<V::Value, E> = self.visitor.visit_f64(value);
        visited.map_err(|error| said(wanted, Unexpected::Float(value), error))
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Strict(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Strict(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(Items(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Members {
            members,
            seen: self.keys_are_free.then(BTreeSet::new),
        })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, value: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(value)
    }
}

/// The complaint about a number, in the words of JSON.
fn said<E: serde::de::Error>(wanted: Option<&str>, found: Unexpected<'_>, error: E) -> E {
    match wanted {
        Some(wanted) => E::invalid_value(found, &wanted),
        None => error,
    }
}

/// A reader of one of some words.
struct Word<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Word<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<V::Value, E> {
        let word: StrDeserializer<'_, E> = word.into_deserializer();
        self.0.visit_enum(word)
    }
}

/// The items of a list.
struct Items<A>(A);

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Items<A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        self.0.next_element_seed(Inner(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// The members of an object, with the keys so far where nobody else looks for repeated ones.
struct Members<A> {
    members: A,
    seen: Option<BTreeSet<String>>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(seen) = &mut self.seen else {
            return self.members.next_key_seed(seed);
        };
        let Some(key) = self.members.next_key::<String>()? else {
            return Ok(None);
        };
        if seen.contains(&key) {
            return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
        }
        seen.insert(key.clone());
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.members.next_value_seed(Inner(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.members.size_hint()
    }
}

/// What an item or a member is to become.
struct Inner<T>(T);

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Inner<T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Value, D::Error> {
        self.0.deserialize(Strict(deserializer))
    }
}
