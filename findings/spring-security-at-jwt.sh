#!/usr/bin/env bash
# Guess: Spring Security's decoder for a resource server takes the access tokens of RFC 9068, whose header has the type `at+jwt`.
# Seen (spring-security-oauth2-jose 6.5.7): BadJwtException, "JOSE header typ (type) at+jwt not allowed". The same claims under the
#   type `JWT` pass. `validateType(false)` with `new JwtTypeValidator("at+jwt")` passes too. Needs Java 17 and Maven.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
version=${1:-6.5.7}
cat > pom.xml <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>see</groupId><artifactId>see</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.springframework.security</groupId><artifactId>spring-security-oauth2-jose</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.springframework</groupId><artifactId>spring-web</artifactId><version>6.2.12</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath
cat > See.java <<'JAVA'
import com.nimbusds.jose.*;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.*;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.*;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.Date;
import org.springframework.security.oauth2.jwt.*;

public class See {
  static RSAKey key;

  static String token(String type) throws Exception {
    var header = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").type(new JOSEObjectType(type)).build();
    var claims = new JWTClaimsSet.Builder().subject("u").expirationTime(new Date(System.currentTimeMillis() + 60_000)).build();
    var token = new SignedJWT(header, claims);
    token.sign(new RSASSASigner(key));
    return token.serialize();
  }

  static String read(JwtDecoder decoder, String type) throws Exception {
    try {
      decoder.decode(token(type));
      return "passes";
    } catch (JwtException error) {
      return "refused";
    }
  }

  public static void main(String[] arguments) throws Exception {
    key = new RSAKeyGenerator(2048).keyID("k").generate();
    byte[] keys = new JWKSet(key.toPublicJWK()).toString().getBytes();
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, keys.length);
      exchange.getResponseBody().write(keys);
      exchange.close();
    });
    server.start();
    var uri = "http://127.0.0.1:" + server.getAddress().getPort();
    var usual = NimbusJwtDecoder.withJwkSetUri(uri).build();
    var told = NimbusJwtDecoder.withJwkSetUri(uri).validateType(false).build();
    told.setJwtValidator(new JwtTypeValidator("at+jwt"));
    var seen = read(usual, "at+jwt") + " " + read(usual, "JWT") + " " + read(told, "at+jwt");
    server.stop(0);
    System.out.println("at+jwt, JWT, at+jwt where it is told: " + seen);
    System.exit(seen.equals("refused passes passes") ? 0 : 1);
  }
}
JAVA
javac -cp "$(cat classpath)" See.java
java -cp "$(cat classpath):." See 2> log || { cat log; exit 1; }
