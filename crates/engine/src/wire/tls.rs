//! TLS towards upstreams: the platform's certificate authorities, or the ones we carry when the machine has none, and client
//! certificates.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    client::WantsClientCert,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// A client configuration; `identity` is a PEM certificate chain with its key.
pub(crate) fn config(identity: Option<&str>) -> Result<ClientConfig, String> {
    let builder = with_authorities()?;
    let Some(pem) = identity else { return Ok(builder.with_no_client_auth()) };
    let chain = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("the client certificate is not PEM: {error}"))?;
    if chain.is_empty() {
        return Err("the client certificate is not PEM".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|error| format!("the client certificate's key is not PEM: {error}"))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| format!("the client certificate cannot be used: {error}"))
}

fn with_authorities() -> Result<rustls::ConfigBuilder<ClientConfig, WantsClientCert>, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(match rustls_platform_verifier::Verifier::new(provider) {
        Ok(verifier) => builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)),
        Err(error) => {
            tracing::debug!(%error, "no certificate authorities on this machine, using the ones carried along");
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
            builder.with_root_certificates(roots)
        }
    })
}
