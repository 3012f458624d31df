//! The vendor's own app in Procore, in each environment that has one.

use secrecy::{ExposeSecret, SecretString};
use url::Url;
use uuid::Uuid;

use super::read::Reader;
use super::values;
use crate::identity::CredentialId;
use crate::procore::{ClientId, ClientSecret, Environment};
use crate::vault;

/// The environment whose settings have no ending.
const PRODUCTION: &str = "production";

/// The vendor's app in one environment. Its key opens the company of every firm that installed it.
#[derive(Clone, Debug)]
pub struct VendorApp {
    pub environment: String,
    pub client_id: ClientId,
    pub client_secret: ClientSecret,
    /// What installs it as a custom app.
    pub version_key: Option<String>,
    /// Where Procore's marketplace lists it.
    pub listing: Option<Url>,
}

impl VendorApp {
    /// The id that its token is kept under, in all processes. Another secret has another one.
    pub(crate) fn token_id(&self) -> CredentialId {
        let pair = [
            self.environment.as_str(),
            self.client_id.as_str(),
            self.client_secret.secret().expose_secret(),
        ];
        CredentialId(id_of(pair.join("\n")))
    }

    /// The id of the work that looks where it is installed, which is the same with another secret.
    pub(crate) fn look_id(&self) -> Uuid {
        id_of(self.environment.clone())
    }
}

fn id_of(text: String) -> Uuid {
    let hash = vault::token_hash(&SecretString::from(text));
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(hash) {
        *to = from;
    }
    Uuid::from_bytes(id)
}

/// Reads the app of every environment on offer.
pub(super) fn read(settings: &mut Reader<'_>, environments: &[Environment]) -> Vec<VendorApp> {
    let offers_production = environments.iter().any(|it| it.name == PRODUCTION);
    if settings.has(values::APP_CLIENT_ID.name) && !offers_production {
        settings.report(
            values::APP_CLIENT_ID.name,
            "is the app of production, which PROCORE_ENVIRONMENTS does not offer",
            "Add the environment's name in capitals, for example PROCORE_APP_CLIENT_ID_SANDBOX, \
             or offer production.",
        );
    }
    let version_key = settings.optional(&values::APP_VERSION_KEY);
    let listing = settings.optional(&values::APP_MARKETPLACE_URL);
    let names = environments.iter().map(|it| it.name.as_str());
    names
        .filter_map(|name| read_one(settings, name, version_key.as_ref(), listing.as_ref()))
        .collect()
}

/// Reads the app of one environment, which is installed by what production's is where nothing else
/// is said.
fn read_one(
    settings: &mut Reader<'_>,
    environment: &str,
    version_key: Option<&String>,
    listing: Option<&Url>,
) -> Option<VendorApp> {
    let ending = environment.to_ascii_uppercase().replace('-', "_");
    let named = |name: &str| match environment {
        PRODUCTION => name.to_owned(),
        _ => format!("{name}_{ending}"),
    };
    let id_name = named(values::APP_CLIENT_ID.name);
    let secret_name = named(values::APP_CLIENT_SECRET.name);
    let client_id = settings.named(&values::APP_CLIENT_ID, &id_name);
    let client_secret = settings.named(&values::APP_CLIENT_SECRET, &secret_name);
    match (settings.has(&id_name), settings.has(&secret_name)) {
        (true, true) => {}
        (false, false) => return None,
        (true, false) => {
            let wrong = format!("is not set, but {id_name} is");
            settings.report(&secret_name, wrong, values::APP_CLIENT_SECRET.fix);
        }
        (false, true) => {
            let wrong = format!("is not set, but {secret_name} is");
            settings.report(&id_name, wrong, values::APP_CLIENT_ID.fix);
        }
    }
    let (mut version_key, mut listing) = (version_key.cloned(), listing.cloned());
    let key_name = named(values::APP_VERSION_KEY.name);
    let listing_name = named(values::APP_MARKETPLACE_URL.name);
    if environment != PRODUCTION {
        version_key = settings
            .named(&values::APP_VERSION_KEY, &key_name)
            .or(version_key);
        listing = settings
            .named(&values::APP_MARKETPLACE_URL, &listing_name)
            .or(listing);
    }
    if version_key.is_none() && listing.is_none() {
        let wrong =
            format!("is not set, and neither is {listing_name}: nobody could install the app");
        settings.report(&key_name, wrong, values::APP_VERSION_KEY.fix);
    }
    Some(VendorApp {
        environment: environment.to_owned(),
        client_id: client_id?,
        client_secret: client_secret?,
        version_key,
        listing,
    })
}
