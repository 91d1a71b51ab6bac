using Microsoft.AspNetCore.Http;

namespace CubeActors.Node;

/// <summary>What a request of a path amounts to, for whoever decides who may send it.</summary>
internal enum Access
{
    /// <summary>Probes, metrics and what CubeFS shows: everybody, as there. The dashboard's page too, which holds nothing of the node.</summary>
    Open,

    /// <summary>It shows something under /cubeactors.</summary>
    Look,

    /// <summary>It changes something, on a path of CubeFS.</summary>
    LegacyOrder,

    /// <summary>It changes something, on a path of ours.</summary>
    Order,
}

/// <summary>Why a request was not let through.</summary>
internal enum Refusal
{
    None,

    /// <summary>It has no token.</summary>
    NoToken,

    /// <summary>It has another token.</summary>
    WrongToken,

    /// <summary>It comes from another machine, and there is no token.</summary>
    NotLocal,

    /// <summary>It comes in clear text from another machine, and there is TLS.</summary>
    NotTls,
}

/// <summary>Who may send what. Pure.</summary>
internal static class AccessRules
{
    private const string Dashboard = InspectPaths.Root + "/dashboard";

    /// <summary>Sorts a request by path and method. What is under /cubeactors and does not merely look is an order, also where no path of that name exists: a path that is made
    /// anew is guarded before anybody thinks of it.</summary>
    /// <param name="isLegacyOrder">The path is one of CubeFS that changes something, with any method.</param>
    public static Access Of(PathString path, string method, bool isLegacyOrder)
    {
        if (!path.StartsWithSegments(InspectPaths.Root)) return isLegacyOrder ? Access.LegacyOrder : Access.Open;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method)) return Access.Order;
        return path.StartsWithSegments(Dashboard) ? Access.Open : Access.Look;
    }

    /// <param name="terms">What is set.</param>
    /// <param name="isLocal">It comes from this machine.</param>
    /// <param name="isTls">It came on the port with TLS.</param>
    /// <param name="credential">What it brings.</param>
    public static Refusal Decide(Access access, GuardTerms terms, bool isLocal, bool isTls, Credential credential)
    {
        var needsToken = access switch
        {
            Access.Look => terms is { HasToken: true, GuardsLooks: true },
            Access.LegacyOrder => terms is { HasToken: true, LeavesLegacyOpen: false },
            Access.Order => terms.HasToken,
            _ => false,
        };
        if (!needsToken) return access == Access.Order && !isLocal ? Refusal.NotLocal : Refusal.None;
        // A token in clear text is everybody's who can listen; where there is another way it is not taken, so that nobody gets used to sending it.
        if (terms.HasTls && !isTls && !isLocal) return Refusal.NotTls;
        return credential switch { Credential.Right => Refusal.None, Credential.None => Refusal.NoToken, _ => Refusal.WrongToken };
    }
}

/// <summary>What is set about who may send what.</summary>
/// <param name="HasToken">Somebody may know a token.</param>
/// <param name="GuardsLooks">What is shown under /cubeactors needs it too.</param>
/// <param name="LeavesLegacyOpen">The paths of CubeFS need none although there is one.</param>
/// <param name="HasTls">There is a port with TLS.</param>
internal readonly record struct GuardTerms(bool HasToken, bool GuardsLooks, bool LeavesLegacyOpen, bool HasTls);

/// <summary>What a request brings to show who sends it.</summary>
internal enum Credential { None, Wrong, Right }
