using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace CubeActors.Node;

/// <summary>Serves HTTP/1.1 and HTTP/2 on one port in clear text: whoever begins with the preface of HTTP/2 is answered in it.</summary>
/// <remarks>
/// Kestrel leaves the choice to TLS and takes every clear-text connection for HTTP/1.1. Here the first bytes are looked at, and a connection that
/// speaks HTTP/2 is given the features that TLS would have set. Source of the preface: RFC 9113 section 3.4.
/// </remarks>
internal static class ClearTextHttp2
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <param name="patience">Who has sent nothing for so long is hung up on: before the protocol is known no other limit counts.</param>
    public static void UseClearTextHttp2(this ListenOptions listen, TimeSpan patience, TimeProvider time)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next => async connection =>
        {
            using var limit = new CancellationTokenSource(patience, time);
            try
            {
                if (await SpeaksHttp2Async(connection, limit.Token))
                {
                    connection.Features.Set<ITlsConnectionFeature>(Negotiated.Http2);
                    connection.Features.Set<ITlsApplicationProtocolFeature>(Negotiated.Http2);
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
            {
                return; // nobody is there, or nobody says anything
            }

            await next(connection);
        });
    }

    /// <summary>What of the preface has come so far: false as soon as it is something else. Pure.</summary>
    /// <returns>Null while more bytes are needed.</returns>
    public static bool? IsPreface(ReadOnlySpan<byte> front)
    {
        var compared = Math.Min(front.Length, Preface.Length);
        return !front[..compared].SequenceEqual(Preface[..compared]) ? false : compared == Preface.Length ? true : null;
    }

    private static async ValueTask<bool> SpeaksHttp2Async(ConnectionContext connection, CancellationToken cancel)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancel);
            var front = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, Preface.Length)).ToArray();
            var isPreface = IsPreface(front);
            // Nothing is consumed. What was looked at is examined only if more is needed: else the next reader would wait for more.
            if (isPreface is null && !read.IsCompleted) input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            else
            {
                input.AdvanceTo(read.Buffer.Start);
                return isPreface == true;
            }
        }
    }

    /// <summary>What TLS would say after its handshake.</summary>
    private sealed class Negotiated : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public static readonly Negotiated Http2 = new();

        private static readonly ReadOnlyMemory<byte> Name = "h2"u8.ToArray();

        public ReadOnlyMemory<byte> ApplicationProtocol => Name;

        public X509Certificate2? ClientCertificate { get => null; set => throw new NotSupportedException("there is no TLS here"); }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
    }
}
