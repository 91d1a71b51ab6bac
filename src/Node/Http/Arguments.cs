using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace CubeActors.Node;

/// <summary>The parameters of a request, from its form and its query; the form comes first. Texts of errors are those of CubeFS.</summary>
/// <remarks>Source: CubeFS cmd/common/argument.go, Go net/http Request.FormValue and strconv.</remarks>
internal sealed class Arguments(IQueryCollection query, IFormCollection form)
{
    /// <summary>Reads the form too, where there is one.</summary>
    /// <exception cref="InvalidDataException">The body is no form, or one beyond the limits.</exception>
    public static async Task<Arguments> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        var isForm = request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;
        return new Arguments(request.Query, isForm ? await request.ReadFormAsync(cancel) : FormCollection.Empty);
    }

    /// <summary>Empty if the parameter is missing.</summary>
    public string Text(string key) => First(form, key) ?? (query.TryGetValue(key, out var values) ? values.Count > 0 ? values[0] ?? "" : "" : "");

    private static string? First(IFormCollection form, string key) => form.TryGetValue(key, out var values) && values.Count > 0 ? values[0] : null;

    /// <summary>A parameter that must be there.</summary>
    public bool TryText(string key, out string value, [NotNullWhen(false)] out string? problem)
    {
        value = Text(key);
        problem = value.Length == 0 ? $"key({key}) can not omit empty" : null;
        return problem is null;
    }

    /// <inheritdoc cref="TryText"/>
    public bool TryUnsigned(string key, out ulong value, [NotNullWhen(false)] out string? problem)
    {
        value = 0;
        if (!TryText(key, out var text, out problem)) return false;
        problem = Unsigned(text, out value) is { } error ? $"key({key}) can not omit error({error})" : null;
        return problem is null;
    }

    /// <inheritdoc cref="TryText"/>
    public bool TrySigned(string key, out long value, [NotNullWhen(false)] out string? problem)
    {
        value = 0;
        if (!TryText(key, out var text, out problem)) return false;
        problem = Signed(text, out value) is { } error ? $"key({key}) can not omit error({error})" : null;
        return problem is null;
    }

    /// <inheritdoc cref="TryText"/>
    public bool TryFlag(string key, out bool value, [NotNullWhen(false)] out string? problem)
    {
        value = false;
        if (!TryText(key, out var text, out problem)) return false;
        problem = Flag(text, out value) is { } error ? $"key({key}) can not omit error({error})" : null;
        return problem is null;
    }

    /// <summary>A parameter of the paths that word errors the other way; a missing one is unparsable.</summary>
    public bool TryParseUnsigned(string key, out ulong value, [NotNullWhen(false)] out string? problem)
    {
        problem = Unsigned(Text(key), out value) is { } error ? $"parse param {key} fail: {error}" : null;
        return problem is null;
    }

    /// <inheritdoc cref="TryParseUnsigned"/>
    public bool TryParseFlag(string key, out bool value, [NotNullWhen(false)] out string? problem)
    {
        problem = Flag(Text(key), out value) is { } error ? $"parse param {key} fail: {error}" : null;
        return problem is null;
    }

    /// <returns>Null, or the words of Go's strconv.</returns>
    public static string? Unsigned(string text, out ulong value) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
        ? null
        : Refusal("ParseUint", text, text.Length > 0 && text.All(char.IsAsciiDigit));

    /// <inheritdoc cref="Unsigned"/>
    public static string? Signed(string text, out long value, string function = "ParseInt")
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)) return null;
        var digits = text.StartsWith('-') || text.StartsWith('+') ? text[1..] : text;
        return Refusal(function, text, digits.Length > 0 && digits.All(char.IsAsciiDigit));
    }

    /// <inheritdoc cref="Unsigned"/>
    public static string? Flag(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return value || text is "0" or "f" or "F" or "false" or "FALSE" or "False" ? null : Refusal("ParseBool", text, isRange: false);
    }

    private static string Refusal(string function, string text, bool isRange)
    {
        const int shownMax = 100; // what a stranger sends is repeated, but not all of it
        var shown = text.Length <= shownMax ? text : text[..shownMax];
        return $"strconv.{function}: parsing \"{shown}\": {(isRange ? "value out of range" : "invalid syntax")}";
    }
}
