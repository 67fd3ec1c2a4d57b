package dev.descent.internal.reference;

final class Placeholder {}
