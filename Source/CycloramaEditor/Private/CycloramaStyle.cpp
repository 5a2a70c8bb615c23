#include "CycloramaStyle.h"

#include "Brushes/SlateImageBrush.h"
#include "Interfaces/IPluginManager.h"
#include "Styling/SlateStyle.h"
#include "Styling/SlateStyleRegistry.h"

namespace
{
	const TCHAR* const StyleName = TEXT("CycloramaStyle");
	/// In a toolbar, and in a menu or a tab.
	const TCHAR* const LargeName = TEXT("Cyclorama.Icon");
	const TCHAR* const SmallName = TEXT("Cyclorama.Icon.Small");

	TUniquePtr<FSlateStyleSet>& Only()
	{
		static TUniquePtr<FSlateStyleSet> Style;
		return Style;
	}
}

void CycloramaStyle::Register()
{
	const TSharedPtr<IPlugin> Plugin = IPluginManager::Get().FindPlugin(TEXT("Cyclorama"));
	if (!Plugin.IsValid() || Only().IsValid())
	{
		return;
	}
	const FString File = Plugin->GetBaseDir() + FString(TEXT("/Resources/Icon128.png"));
	Only() = MakeUnique<FSlateStyleSet>(FName(StyleName));
	Only()->Set(FName(LargeName), new FSlateImageBrush(File, FVector2D(40.0, 40.0)));
	Only()->Set(FName(SmallName), new FSlateImageBrush(File, FVector2D(16.0, 16.0)));
	FSlateStyleRegistry::RegisterSlateStyle(*Only());
}

void CycloramaStyle::Unregister()
{
	if (Only().IsValid())
	{
		FSlateStyleRegistry::UnRegisterSlateStyle(*Only());
		Only().Reset();
	}
}

FSlateIcon CycloramaStyle::Icon()
{
	return Only().IsValid() ? FSlateIcon(FName(StyleName), FName(LargeName), FName(SmallName)) : FSlateIcon();
}
