# syntax=docker/dockerfile:1
# The product in a container, without the simulated Procore: see compose.yaml.

FROM rust:1.95-bookworm AS build
WORKDIR /build
ENV SQLX_OFFLINE=true CARGO_TERM_COLOR=never

# The libraries change seldom: they are built in a layer of their own, against empty programs.
# The other packages of the workspace are only named here, and never built.
COPY Cargo.toml Cargo.lock build.rs ./
COPY crates/procore-sandbox/Cargo.toml crates/procore-sandbox/
COPY crates/demo/Cargo.toml crates/demo/
RUN mkdir -p src crates/procore-sandbox/src crates/demo/src \
    && touch src/lib.rs crates/procore-sandbox/src/lib.rs crates/demo/src/lib.rs \
    && echo 'fn main() {}' > src/main.rs \
    && cargo build --release --locked --package concierge \
    && rm -r src

COPY . .
# Cargo goes by the time of change, and the empty programs may be the younger ones.
RUN find src build.rs -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package concierge

# What has to go with the program, beside the build: licences, and what it is made of.
FROM rust:1.95-bookworm AS notices
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY scripts/lib.sh scripts/notices scripts/
RUN scripts/notices /notices

FROM debian:bookworm-slim
# The certificates come from the build stage, so that nothing is installed here.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /usr/share/doc/ca-certificates/copyright /usr/share/doc/ca-certificates/copyright
COPY --from=build /build/target/release/concierge /usr/local/bin/concierge
COPY --from=notices /notices /usr/share/doc/concierge

# A number, so that Kubernetes can see that it is not root. It writes nothing to the disk.
USER 10001:10001
ENV CONCIERGE_LISTEN=0.0.0.0:8080 CONCIERGE_LOG_FORMAT=json
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/usr/local/bin/concierge", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/concierge"]
CMD ["serve"]
