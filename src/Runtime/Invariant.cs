using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace CubeActors.Runtime;

/// <summary>Checks of our own promises, on in Release: a broken one means that memory can no longer be trusted.</summary>
/// <remarks>Bytes from a peer, a disk or a configuration are validated, never asserted.</remarks>
public static class Invariant
{
    /// <exception cref="InvariantViolationException"><paramref name="condition"/> is false.</exception>
    public static void Check([DoesNotReturnIf(false)] bool condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        if (!condition) Throw(what);
    }

    [DoesNotReturn]
    private static void Throw(string? what) => throw new InvariantViolationException(what ?? "unnamed");
}

/// <summary>A promise of our own code is broken. The actor that owns the state stops; it is not restarted.</summary>
public sealed class InvariantViolationException(string what) : Exception($"Broken invariant: {what}");
