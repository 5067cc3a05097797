//! TLS before the embedded DynamoDB, so that functions pay for a handshake as on AWS.

use std::{path::Path, sync::Arc};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// Where Debian and its like keep the certificate authorities that a client reads at its start.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// In the folder: the certificate of this run alone, and all that a client is to trust.
pub const OWN: &str = "own.pem";
pub const TRUSTED: &str = "trusted.pem";

/// Serves an HTTP endpoint over TLS; writes the certificates to that folder.
pub async fn before(endpoint: &str, folder: &Path) -> String {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let authorities = std::fs::read_to_string(AUTHORITIES).unwrap_or_default();
    std::fs::write(folder.join(OWN), own.cert.pem()).unwrap();
    std::fs::write(folder.join(TRUSTED), authorities + &own.cert.pem()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let behind = endpoint.strip_prefix("http://").unwrap().to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                client.set_nodelay(true)?;
                let mut client = acceptor.accept(client).await?;
                let mut server = TcpStream::connect(behind).await?;
                server.set_nodelay(true)?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    format!("https://localhost:{port}")
}
