using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>The operators' port with TLS: a port of its own, as whoever knows CubeFS dials the other one in clear text.</summary>
internal sealed record TlsSettings(IPEndPoint EndPoint, CertificateFiles Certificate)
{
    private static readonly List<SslApplicationProtocol> Protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <param name="patience">For the whole handshake.</param>
    public void Use(ListenOptions listen, TimeSpan patience, ILogger log)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = patience,
            OnConnection = _ =>
            {
                if (Certificate.Refresh() is { } note) log.Write(note.Level, "{Note:l}", note.Text);
                return ValueTask.FromResult(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = Certificate.Current,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ApplicationProtocols = Protocols,
                });
            },
        });
    }
}
