using System.Security.Authentication;

namespace CubeActors.Pbm;

/// <summary>Says why a node was not reached, and what to do. Pure.</summary>
internal static class Failures
{
    /// <summary>One sentence without a full stop.</summary>
    /// <param name="isTls">TLS was spoken, or was meant to be.</param>
    public static string Explain(HttpRequestException failure, bool isTls)
    {
        var cause = failure.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.');
        if (!isTls)
        {
            return failure.HttpRequestError is HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse
                ? $"{cause}. Is that the port with TLS (cubeactors.http.tls.port)? Then say https:// before it, or --tls"
                : cause;
        }

        if (failure.HttpRequestError != HttpRequestError.SecureConnectionError) return cause;
        if (failure.InnerException is not AuthenticationException authentication) return $"{cause}. Does it speak TLS there? prof does not, cubeactors.http.tls.port does";
        var text = authentication.Message;
        return text.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal) ? "its certificate is for another name or address; say the one that stands in it, or add this one to it"
            : text.Contains("NotTimeValid", StringComparison.Ordinal) ? "its certificate has expired, or is not valid yet"
            : text.Contains("remote certificate", StringComparison.OrdinalIgnoreCase) ? "its certificate is not trusted here; name the authority that signed it with --ca <file>"
            : $"{cause}. Does it speak TLS there? prof does not, cubeactors.http.tls.port does";
    }
}
