// The plugin's icon, beside every entry of ours in the editor.
#pragma once

#include "CoreMinimal.h"
#include "Textures/SlateIcon.h"

namespace CycloramaStyle
{
	/// Without the plugin's folder nothing is registered, and entries stay without an icon.
	void Register();
	void Unregister();
	/// Empty while nothing is registered.
	FSlateIcon Icon();
}
